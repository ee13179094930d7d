// The connections of one socket on their way to workers.
// Invariant: a connection that was accepted is with a worker that has said so, or it is here; a
// socket is not accepted from while nobody could be given what comes.

import LinuxKernel
import PoolCore

/// What the master holds of one socket that it accepts from itself.
final class Dispatcher {
    /// Also the key by which workers know it.
    let index: Int
    let socket: PoolSocket
    var roster = Roster()
    private var pace = ArrivalPace()
    /// Whether epoll tells of new connections.
    var isWatched = false
    /// Accepted, and with nobody: those that came back from somebody who did not take them, and
    /// those that wait for a certain worker.
    private var waiting: [Connection] = []
    /// The kernel had no descriptor left: not before this.
    private var restsUntil: Instant?

    /// A client that was accepted.
    struct Connection {
        let descriptor: SharedDescriptor
        let source: DispatchSource
    }

    /// What is accepted in one turn, so that nobody else waits long.
    private static let mostPerTurn = 64
    /// With so many waiting here, all others wait in the kernel's queue.
    static let mostWaiting = 256

    init(_ socket: PoolSocket, index: Int) {
        self.socket = socket
        self.index = index
    }

    var hasWaiting: Bool { !waiting.isEmpty }

    var waitingDescriptors: [SharedDescriptor] { waiting.map(\.descriptor) }

    func takeBack(_ connection: Connection) { waiting.append(connection) }

    /// Takes one that was not accepted here.
    func takeIn(_ descriptor: SharedDescriptor) {
        // By whatever policy it will be given: nobody may be here yet.
        let identity = try? descriptor.descriptor.peerIdentity()
        let source = identity.map { DispatchSource($0) } ?? .unknown
        waiting.append(Connection(descriptor: descriptor, source: source))
    }

    /// Takes out those that wait for which somebody is found, in their order.
    func release(at now: Instant) -> [(WorkerID, Connection)] {
        guard !waiting.isEmpty else { return [] }
        var released: [(WorkerID, Connection)] = []
        waiting.removeAll { connection in
            guard let id = roster.pick(connection.source, at: now) else { return false }
            released.append((id, connection))
            return true
        }
        return released
    }

    /// Takes new ones, one after the other, while there are any and somebody could take them; no more
    /// than ``mostPerTurn``.
    func acceptAll(at now: Instant, _ take: (Connection) -> Void) {
        let most = pace.isOneByOne(at: now) ? 1 : Self.mostPerTurn
        var count = 0
        while count < most, let connection = accept(at: now) {
            count += 1
            take(connection)
        }
        pace.came(count, at: now)
    }

    /// `nil` if there is none now.
    private func accept(at now: Instant) -> Connection? {
        guard isReady(at: now) else { return nil }
        do throws(SystemError) {
            guard let accepted = try ListeningSocket.accept(from: socket.shared.descriptor)
            else { return nil }
            let source = source(of: accepted)
            return Connection(descriptor: SharedDescriptor(accepted), source: source)
        } catch {
            // It stays in the kernel's queue meanwhile.
            restsUntil = now + .milliseconds(100)
            return nil
        }
    }

    /// Whoever is gone already has no address any more, and is no matter.
    private func source(of connection: borrowing FileDescriptor) -> DispatchSource {
        guard case .sourceHash = roster.policy, let identity = try? connection.peerIdentity()
        else { return .unknown }
        return DispatchSource(identity)
    }

    private func canAccept(at now: Instant) -> Bool { restsUntil.map { $0 <= now } ?? true }

    /// Whether the next that comes can be put somewhere.
    func isReady(at now: Instant) -> Bool {
        canAccept(at: now) && waiting.count < Self.mostWaiting && roster.canPick(at: now)
    }

    /// When to look again, though nothing has happened.
    func nextDeadline(after now: Instant) -> Instant? {
        guard !roster.isEmpty else { return nil }
        if let restsUntil, restsUntil > now { return restsUntil }
        return roster.nextDeadline(after: now, isWaitedFor: !waiting.isEmpty)
    }
}
