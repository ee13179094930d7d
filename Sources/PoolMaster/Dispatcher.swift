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
    /// By incarnation.
    var rotation = Rotation<UInt64>()
    /// Whether epoll tells of new connections.
    var isWatched = false
    /// Accepted, and back from somebody who did not take it.
    private var returned: [SharedDescriptor] = []
    /// The kernel had no descriptor left: not before this.
    private var restsUntil: Instant?

    /// What is accepted in one turn, so that nobody else waits long.
    static let mostPerTurn = 64

    init(_ socket: PoolSocket, index: Int) {
        self.socket = socket
        self.index = index
    }

    func takeBack(_ connection: SharedDescriptor) { returned.append(connection) }

    /// The next connection there is, those that came back first; `nil` if there is none now.
    func next(at now: Instant) -> SharedDescriptor? {
        if !returned.isEmpty { return returned.removeFirst() }
        guard canAccept(at: now) else { return nil }
        do throws(SystemError) {
            guard let connection = try ListeningSocket.accept(from: socket.shared.descriptor)
            else { return nil }
            return SharedDescriptor(connection)
        } catch {
            // It stays in the kernel's queue meanwhile.
            restsUntil = now + .milliseconds(100)
            return nil
        }
    }

    func canAccept(at now: Instant) -> Bool { restsUntil.map { $0 <= now } ?? true }

    /// Whether somebody could take what the socket has.
    func isReady(at now: Instant) -> Bool { canAccept(at: now) && rotation.canPick(at: now) }

    /// When to look again, though nothing has happened.
    func nextDeadline(after now: Instant) -> Instant? {
        guard !rotation.isEmpty else { return nil }
        if let restsUntil, restsUntil > now { return restsUntil }
        return rotation.nextDeadline(after: now)
    }
}
