// A pool whose master is the program itself, as the program sees it.
// Invariant: there is one in the primary and none in a worker; its loop has a thread of its own, and
// nothing here waits for it but whoever asks for a verdict.

import LinuxKernel
import Martlet
import PoolConfiguration
import PoolCore
import PoolMaster
import PoolWire

/// The pool of a program that is its own master: one executable, in which the first process is the
/// primary and the others are its workers.
///
/// ```swift
/// Cluster.run(workers: 4, listening: ["8000"]) { worker in
///     worker.ready()
///     while let connection = worker.nextConnection() { answer(connection) }
/// }
/// ```
///
/// The primary starts workers, replaces those that end, rolls a new release out on SIGHUP and stops
/// gracefully on SIGTERM and SIGINT, all as `martletd` does. What else a program wants of it, it
/// does in the `primary` closure of ``run(workers:listening:schedulingPolicy:options:_:primary:)``,
/// which is given this.
public final class Cluster: Sendable {
    private let roll = Roll()
    /// `nil` where the kernel has no descriptor for it; there is no pool either then.
    private let port: MasterPort?
    private let state: Locked<State>

    private struct State {
        var settings: Settings
        let options: Options
        var workers: WorkerCount
        /// So many more than that were asked for.
        var forked = 0
    }

    init(
        _ settings: Settings, _ options: Options, _ workers: WorkerCount, isObserved: Bool
    ) {
        state = Locked(State(settings: settings, options: options, workers: workers))
        let roll = roll
        if !isObserved { roll.desk.end() }
        port = try? MasterPort { roll.take($0, from: $1) }
    }

    var desk: EventDesk { roll.desk }

    /// Whether this process is to be the primary: no master has started it as a worker, be it the
    /// primary of this program or `martletd` with `Protocol=martlet`.
    public static var isPrimary: Bool { !Martlet.Worker.current.hasMaster }

    // MARK: Looking

    /// What happens, in its order. Each sequence gets all of it, the first one from the beginning. Of
    /// those that do not read, 1,024 events are kept and newer ones lost. It ends with the pool.
    public var events: AsyncStream<Event> { desk.sequence() }

    /// The workers that have a process now, in the order of their ids. Until a rollout is through, one
    /// slot may have two.
    public var workers: [ClusterWorker] { roll.workers }

    /// The worker of this id; `nil` if there never was one, or not any more.
    public func worker(_ id: UInt64) -> ClusterWorker? { roll.worker(id) }

    /// What workers are started with from the next ``reload()`` on; before the first, what the pool
    /// began with.
    public var settings: Settings { state.withLock { $0.settings } }

    /// How connections reach workers, from the next ``reload()`` on.
    public var schedulingPolicy: SchedulingPolicy { settings.schedulingPolicy }

    // MARK: Changing

    /// Changes what workers are started with. It holds from the next ``reload()`` or SIGHUP on, which
    /// goes back if the new ones do not come up; a worker that is replaced meanwhile gets one as it
    /// was itself, since all workers that serve together are of one release.
    ///
    /// - Parameters:
    ///   - exec: The program, an absolute path or a name to be found in `PATH`; `nil` leaves it. It
    ///     takes its connections with the library `Martlet`, or this one.
    ///   - args: Its arguments, without its name; `nil` leaves them.
    ///   - schedulingPolicy: How connections reach workers; `nil` leaves it.
    public func setupPrimary(
        exec: String? = nil, args: [String]? = nil, schedulingPolicy: SchedulingPolicy? = nil
    ) {
        let settings = state.withLock { state in
            if let exec { state.settings.exec = exec }
            if let args { state.settings.args = args }
            if let schedulingPolicy { state.settings.schedulingPolicy = schedulingPolicy }
            return state.settings
        }
        desk.tell(.setup(settings))
    }

    /// One worker more, at most 1,024, as soon as no reload is under way; reloads keep to it.
    public func fork() {
        state.withLock { $0.forked += 1 }
        order(.scale(.by(1)))
    }

    /// So many workers, as soon as no reload is under way; reloads keep to it. Those in the highest
    /// slots leave first.
    ///
    /// - Parameter count: 1 to 1,024; another number becomes the nearest of these.
    public func scale(to count: Int) {
        let count = min(max(count, 1), 1_024)
        state.withLock { ($0.workers, $0.forked) = (.fixed(count), 0) }
        order(.scale(.to(count)))
    }

    /// Replaces all workers, as SIGHUP does, without a moment in which fewer serve. Returns when it is
    /// done.
    ///
    /// - Throws: Why not. The workers from before serve on.
    public func reload() async throws(ReloadFailed) {
        let verdict = await withCheckedContinuation { (waiter: CheckedContinuation<Verdict, _>) in
            if !order(.reload { waiter.resume(returning: $0) }) {
                waiter.resume(returning: .refused("the pool has stopped"))
            }
        }
        if case .refused(let why) = verdict { throw ReloadFailed(reason: why) }
    }

    /// Asks all workers to leave, and ends the pool and this process when they are gone: what SIGTERM
    /// does. Asked for a second time it waits for nobody.
    public func disconnect() { order(.stop) }

    // MARK: Messages

    /// Sends a value to workers. They see it as from `Sender.agent`: what a pool of `martletd` has an
    /// agent for, the primary of a cluster does. It never waits.
    ///
    /// - Parameters:
    ///   - value: As JSON at most 65,528 bytes long.
    ///   - recipient: Who is not ready when it is passed on does not get it.
    /// - Throws: Why it was not sent. Nobody says whether what was sent has arrived.
    public func send(
        _ value: some Encodable, to recipient: Recipient
    ) throws(MessageNotSent) {
        guard let port else { throw .notConnected }
        try port.post(.send(try PoolMessage(value, to: recipient)))
    }

    /// - Returns: Whether it was taken.
    @discardableResult
    private func order(_ command: MasterCommand) -> Bool { (try? port?.order(command)) != nil }

    // MARK: The loop's side

    /// Runs the pool to its end, on this thread.
    func runLoop(_ listeners: [ProgramListener]) throws(StartRefused) -> Outcome {
        guard let port else {
            throw StartRefused(.system, "there is no descriptor for the loop's wakeup")
        }
        defer { port.close() }
        let arrangement = try Arrangement.program(
            read: { [self] in poolSettings() }, passed: Martlet.Worker.current.activated,
            listeners: listeners)
        let master = try Master(arrangement, port: port)
        return try StartRefused.wrapping { () throws(SystemError) in try master.run() }
    }

    private func poolSettings() -> Result<PoolSettings, StartRefused> {
        let (settings, options, workers) = state.withLock {
            ($0.settings, $0.options, $0.workers.adding($0.forked))
        }
        return settings.poolSettings(options, workers)
    }
}

/// Why a reload came to nothing.
public struct ReloadFailed: Error, Equatable, CustomStringConvertible {
    /// The end of a sentence that begins with the reload.
    public let reason: String

    /// One sentence, which begins "could not reload".
    public var description: String { "could not reload: \(reason)" }
}
