// The pool as one of its workers sees it.
// Invariant: a program that uses this runs outside of a pool as well: nobody is told anything then,
// and there are no listeners.

import LinuxKernel
import PoolWire
import Systemd

/// This process, as a worker of a pool.
///
/// A worker takes connections until it is to leave, says when it is ready, and ends:
///
/// ```swift
/// let worker = Worker.current
/// worker.ready()
/// for await connection in worker.connections() {
///     Task { await answer(connection) }
/// }
/// ```
///
/// The loop ends when the pool wants the worker to leave. `connections` works with every `Dispatch=`
/// of `Protocol=martlet` and with `Protocol=systemd`; a program that has its own way of accepting,
/// such as SwiftNIO, takes the sockets from ``listeners``.
public final class Worker: Sendable {
    /// This process. The first use reads the environment and takes what was inherited, so let it
    /// come early, before anything else opens descriptors or starts processes.
    public static let current = Worker(.take())

    /// The pool's name; empty outside of a pool.
    public let pool: String
    /// The place in the pool, 0 to N-1, which a replacement keeps; -1 for the agent, 0 outside of a
    /// pool.
    public let slot: Int
    /// Whether this is the pool's agent: the one process beside the workers [Agent].
    public let isAgent: Bool
    /// Which configuration it was started with: 1 for the pool's first, one more for each reload; 0
    /// outside of a pool.
    public let generation: Int
    /// The number of this process, from 1 upwards and never given twice in a pool's life; 0 where
    /// the pool does not say: outside of `Protocol=martlet`.
    public let id: UInt64
    /// The sockets that this process may accept from, in the order of `[Socket]`; those from which
    /// the master accepts are not among them.
    public let listeners: [Listener]
    let desk: ConnectionDesk
    private let mail = Mail()
    private let tally = RequestTally()
    private let engine: Engine?
    /// Open as long as the process runs: the program knows them by number.
    private let inherited: [SharedDescriptor]
    /// For a program that is its own master and takes these sockets for its pool.
    package let activated: [InheritedDescriptor]
    private let counters: CounterTable

    init(_ inheritance: Inheritance) {
        pool = inheritance.pool
        slot = inheritance.slot
        generation = inheritance.generation
        id = inheritance.incarnation
        listeners = inheritance.listeners
        inherited = inheritance.descriptors
        activated = inheritance.activated
        desk = ConnectionDesk(inheritance)
        counters = inheritance.counters ?? CounterTable()
        isAgent = inheritance.isAgent
        if inheritance.channel == nil { mail.end() }
        engine = Engine.start(desk, mail, tally, inheritance)
    }

    /// Whether a pool has started this process.
    public var isManaged: Bool { !pool.isEmpty }

    /// Whether the pool's master is there to talk to, or another one will take its place; false
    /// outside of `Protocol=martlet`, and for good once the last master is gone.
    public var isConnected: Bool { desk.isConnected }

    /// Whether a master has started this process and given it a channel, be it there still or not.
    package var hasMaster: Bool { desk.reception.channel != nil }

    /// The first listener of this `FileDescriptorName=`.
    ///
    /// - Returns: `nil` if there is none, or if the master accepts from it.
    public func listener(named name: String) -> Listener? {
        listeners.first { $0.name == name }
    }

    // MARK: Connections

    /// Connections as they come, to whoever of several loops asks next; the sequence ends when the
    /// worker is to leave.
    ///
    /// None is accepted, and none is asked of the master, before the first loop asks. A task that
    /// is cancelled ends its own loop alone.
    ///
    /// - Parameter name: The `FileDescriptorName=` of one socket or several; `nil` for that of the
    ///   first.
    /// - Returns: Nothing but the end if there is no such socket.
    public func connections(named name: String? = nil) -> Connections {
        Connections(inbox: desk.inbox(named: name))
    }

    /// The next connection, for a program without concurrency: it waits on this thread.
    ///
    /// - Parameter name: The `FileDescriptorName=` of one socket or several; `nil` for that of the
    ///   first.
    /// - Returns: `nil` when the worker is to leave, at once if there is no such socket.
    public func nextConnection(named name: String? = nil) -> Connection? {
        desk.inbox(named: name)?.wait()
    }

    // MARK: Messages

    /// What others send, from now on. Each sequence gets all of it; of those that do not read, 1,024
    /// messages are kept and newer ones lost. It ends when there is no master any more; where there
    /// has been none, nothing comes and it does not end.
    public var messages: AsyncStream<Message> { mail.messages.sequence() }

    /// Sends a value to others of the pool, by way of the master. It never waits.
    ///
    /// - Parameters:
    ///   - value: As JSON at most 65,528 bytes long.
    ///   - recipient: Who is not ready when the master passes it on does not get it.
    /// - Throws: Why it was not sent. Nobody says whether what was sent has arrived.
    public func send(_ value: some Encodable, to recipient: Recipient) throws(MessageNotSent) {
        try MessageDesk(desk.reception.channel).send(value, to: recipient)
    }

    /// Sends a value to all workers and the agent, this one with them, as ``send(_:to:)`` does.
    ///
    /// - Parameter value: As JSON at most 65,528 bytes long.
    /// - Throws: Why it was not sent.
    public func broadcast(_ value: some Encodable) throws(MessageNotSent) {
        try send(value, to: .all)
    }

    /// For the agent: the workers that serve, in the order of their slots, now and each time that it
    /// changes. A worker's sequence has no elements. It ends when there is no master any more.
    public var members: AsyncStream<[Member]> { mail.members.sequence() }

    // MARK: Counters

    /// A number that all workers of the pool share; outside of `Protocol=martlet`, all of this process.
    ///
    /// - Parameter name: Any; the first use makes it.
    /// - Returns: `nil` if there are 1,024 others.
    public func counter(named name: String) -> Counter? {
        counters.counter(named: name).map(Counter.init)
    }

    // MARK: The pool is told

    /// The worker can do its work: `READY=1`, which a rollout waits for. Nothing happens outside of
    /// a pool, here and in the others of this kind.
    ///
    /// The corresponding C function is `sd_notify(3)`.
    public func ready() { notify(.ready) }

    /// The worker is alive: `WATCHDOG=1`, expected more often than every ``watchdogInterval``. Let it
    /// come from where the work is done, not from a timer that goes on when that hangs.
    public func heartbeat() { notify(.watchdog) }

    /// How long the pool lets the worker be silent, its `WatchdogSec=`; `nil` if it does not watch.
    /// A ``heartbeat()`` twice as often is usual.
    ///
    /// The corresponding C function is `sd_watchdog_enabled(3)`.
    public var watchdogInterval: Duration? { (try? ServiceManager.watchdogInterval()) ?? nil }

    /// One line that `martletctl status` shows: what the worker is doing.
    ///
    /// - Parameter text: Control characters, such as the ends of lines, become spaces.
    public func status(_ text: String) { notify(.status(text)) }

    /// It needs more time for what it is doing: to start, or to leave.
    ///
    /// - Parameter duration: From now, in whole microseconds; a negative one is none.
    public func extendTimeout(_ duration: Duration) { notify(.extendTimeout(duration)) }

    /// Nobody may listen any more, which is no matter to a worker.
    private func notify(_ notification: ServiceNotification) {
        _ = try? ServiceManager.notify(notification)
    }

    // MARK: Requests

    /// A request has come in: `martletctl status` shows how many are under way, and how many were
    /// answered. The master is told once a second at most, and only with `Protocol=martlet`.
    public func requestBegan() {
        if isConnected, tally.began() { desk.reception.bell?.ring() }
    }

    /// A request that ``requestBegan()`` has counted is answered, or given up.
    public func requestEnded() {
        if isConnected, tally.ended() { desk.reception.bell?.ring() }
    }

    /// Counts as a request what is done in `body`.
    public func countingRequest<Result>(_ body: () throws -> Result) rethrows -> Result {
        requestBegan()
        defer { requestEnded() }
        return try body()
    }

    /// Counts as a request what is done in `body`.
    ///
    /// - Parameters:
    ///   - actor: Where `body` runs: where its caller does.
    ///   - body: The work for one request.
    public func countingRequest<Result: Sendable>(
        isolation actor: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        requestBegan()
        defer { requestEnded() }
        return try await body()
    }

    // MARK: Leaving

    /// Whether the worker is to leave: it gets no connections, and ends when it has finished. True
    /// once the master has said so or is gone for good, or after ``disconnect()``, and never false again.
    public var isDraining: Bool { desk.isDraining }

    /// One element when the worker is to leave, at once if it is already, and the end. Each use
    /// makes a sequence of its own.
    public var drainNotices: AsyncStream<Void> { desk.drainNotices() }

    /// Leaves the pool of its own accord: it gets no further connections, and its slot another
    /// worker. The process is still to end, within `TimeoutStopSec=`.
    public func disconnect() {
        notify(.stopping)
        desk.drain(because: .ownWish)
    }
}
