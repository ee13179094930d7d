// A worker as the primary sees it.
// Invariant: what identifies it never changes; its state only goes forward.

import LinuxKernel
import Martlet
import PoolCore
import PoolMaster
import PoolWire

/// One process of a cluster, from its launch on. The value stays when the process is gone.
public final class ClusterWorker: Sendable, Hashable, CustomStringConvertible {
    /// The number of this process, from 1 upwards and never given twice in a pool's life:
    /// `Worker.id` in the worker.
    public let id: UInt64
    /// The place in the pool, 0 to N-1, which a replacement keeps.
    public let slot: Int
    /// The number of the reload that it was started with: 1 at first, one more for each.
    public let generation: Int
    /// Whoever has this number when ``isDead`` is another process.
    public let processID: Int32
    private let life = Locked(Life())
    private let port: MasterPort

    /// Where a worker is. Each goes on to one below.
    public enum State: Sendable, Comparable {
        /// It has a process.
        case forked
        /// Its program runs.
        case online
        /// It can do its work.
        case ready
        /// It was asked to leave, or made to, or has said that it does.
        case leaving
        /// Its process has ended.
        case dead
    }

    private struct Life {
        var state = State.forked
        var isConnected = true
        var isAsked = false
        var status: Cluster.ExitStatus?
    }

    init(_ port: MasterPort, _ id: WorkerID, generation: Int, processID: Int32) {
        self.port = port
        self.id = id.incarnation
        slot = id.slot
        self.generation = generation
        self.processID = processID
    }

    /// Where it is now.
    public var state: State { life.withLock { $0.state } }

    /// Whether its process has ended.
    public var isDead: Bool { state == .dead }

    /// Whether its channel is open, by which messages go.
    public var isConnected: Bool { life.withLock { $0.isConnected } }

    /// Whether it ended because it was asked to leave, by a stop, a reload or ``disconnect()``, or
    /// wished it itself; `nil` as long as it lives.
    public var exitedAfterDisconnect: Bool? {
        life.withLock { $0.state == .dead ? $0.isAsked : nil }
    }

    /// How its process has ended; `nil` as long as it lives.
    public var exitStatus: Cluster.ExitStatus? { life.withLock { $0.status } }

    /// Sends it a value, ready or not, as ``Cluster/send(_:to:)`` does.
    ///
    /// - Parameter value: As JSON at most 65,528 bytes long.
    /// - Throws: Why it was not sent.
    public func send(_ value: some Encodable) throws(MessageNotSent) {
        guard isConnected else { throw .notConnected }
        try port.post(.deliver(try PoolMessage.body(value), to: id))
    }

    /// Sends a signal to its process, and that is all: who is killed by it is replaced. Nothing
    /// happens to one that is dead.
    ///
    /// - Parameter signal: SIGTERM unless another one is named.
    public func kill(_ signal: Cluster.Signal = .terminate) {
        guard !isDead else { return }
        try? port.order(.signal(id, PoolCore.Signal(signal.rawValue)))
    }

    /// Asks it to leave, as if it had called `Worker.disconnect()`: its slot gets another worker, and
    /// it has ``Cluster/Options/stopTimeout`` for what it has taken.
    public func disconnect() { try? port.order(.disconnect(id)) }

    /// Whether it is the same process.
    public static func == (left: ClusterWorker, right: ClusterWorker) -> Bool {
        left.id == right.id && left.processID == right.processID
    }

    /// By its id.
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }

    /// `worker 3 in slot 1`
    public var description: String { "worker \(id) in slot \(slot)" }

    // MARK: The loop's side

    func rise(to state: State) { life.withLock { $0.state = max($0.state, state) } }

    func leave(isAsked: Bool) {
        life.withLock { life in
            // A signal after it was asked takes nothing back.
            if isAsked { life.isAsked = true }
            life.state = max(life.state, .leaving)
        }
    }

    func lose() { life.withLock { $0.isConnected = false } }

    func die(_ status: Cluster.ExitStatus) {
        life.withLock { life in
            life.isConnected = false
            life.state = .dead
            life.status = status
        }
    }
}

extension MasterPort {
    func post(_ command: MasterCommand) throws(MessageNotSent) {
        do throws(MasterPort.Refusal) {
            try order(command)
        } catch {
            throw error == .full ? .queueFull : .notConnected
        }
    }
}
