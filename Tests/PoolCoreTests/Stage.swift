// The stage of a play: a pool, a clock that a test turns by hand, and what the pool has wished for.
// Invariant: after every event the pool is consistent and its next deadline lies ahead.

import PoolCore
import Testing

/// Swift Testing has one of its own since 6.2.
typealias ExitStatus = PoolCore.ExitStatus

/// A pool whose processes, kernel and operators are lines of a test. A slot stands for the worker
/// that was launched there last; an older one is called by its `WorkerID`.
struct Stage {
    private(set) var pool: Pool
    private(set) var now = Instant(nanoseconds: 0)
    /// What the pool has wished for and no `expect` has looked at.
    private(set) var unheard: [Effect] = []
    private(set) var launches: [(id: WorkerID, time: Instant)] = []
    private var cast: [Slot: WorkerID] = [:]

    /// - Parameter watchdog: the unit's `WatchdogSec=`.
    init(_ policy: PoolPolicy, watchdog: Duration? = nil) {
        pool = Pool(policy: policy, watchdogInterval: watchdog)
    }

    init(
        workers: Int = 1, watchdog: Duration? = nil, rules: (inout WorkerPolicy) -> Void = { _ in }
    ) {
        self.init(.test(workers: workers, rules: rules), watchdog: watchdog)
    }

    /// A pool that serves, with nothing left to listen to.
    static func serving(
        _ policy: PoolPolicy, watchdog: Duration? = nil
    ) -> Stage {
        var stage = Stage(policy, watchdog: watchdog)
        stage.start()
        for slot in 0..<policy.workers { stage.rise(slot) }
        stage.skip()
        return stage
    }

    static func serving(
        workers: Int = 1, watchdog: Duration? = nil, rules: (inout WorkerPolicy) -> Void = { _ in }
    ) -> Stage {
        serving(.test(workers: workers, rules: rules), watchdog: watchdog)
    }

    // MARK: What happens

    /// The pool hears of something, and of its deadline if that is due, as the master has it.
    mutating func tell(_ event: Event, sourceLocation: SourceLocation = #_sourceLocation) {
        read([event], sourceLocation: sourceLocation)
    }

    /// The master finds all this when it wakes up; what is due comes last.
    mutating func read(_ events: [Event], sourceLocation: SourceLocation = #_sourceLocation) {
        for event in events { hand(over: event, sourceLocation) }
        if let next = pool.nextDeadline, next <= now { hand(over: .deadline, sourceLocation) }
        if let next = pool.nextDeadline {
            #expect(next > now, "the deadline has passed", sourceLocation: sourceLocation)
        }
    }

    private mutating func hand(over event: Event, _ sourceLocation: SourceLocation) {
        let effects = pool.handle(event, at: now)
        unheard += effects
        for case .launch(let id, _) in effects {
            cast[id.slot] = id
            launches.append((id, now))
        }
        #expect(pool.violations == [], "after \(event)", sourceLocation: sourceLocation)
    }

    mutating func start(sourceLocation: SourceLocation = #_sourceLocation) {
        tell(.start, sourceLocation: sourceLocation)
    }

    mutating func launched(_ slot: Slot, sourceLocation: SourceLocation = #_sourceLocation) {
        tell(.launched(newest(slot)), sourceLocation: sourceLocation)
    }

    /// Its program runs, and with `Type=notify` it says READY=1.
    mutating func rise(_ slot: Slot, sourceLocation: SourceLocation = #_sourceLocation) {
        launched(slot, sourceLocation: sourceLocation)
        says(slot, .ready, sourceLocation: sourceLocation)
    }

    mutating func says(
        _ slot: Slot, _ notice: Notice, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        says(newest(slot), notice, sourceLocation: sourceLocation)
    }

    mutating func says(
        _ id: WorkerID, _ notice: Notice, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        tell(.noticed(id, notice), sourceLocation: sourceLocation)
    }

    mutating func failsToLaunch(
        _ slot: Slot, _ failure: LaunchFailure = .notExecuted("no such file"),
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        tell(.launchFailed(newest(slot), failure), sourceLocation: sourceLocation)
    }

    mutating func exits(
        _ slot: Slot, _ status: ExitStatus = .exited(1),
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        exits(newest(slot), status, sourceLocation: sourceLocation)
    }

    mutating func exits(
        _ id: WorkerID, _ status: ExitStatus = .exited(0),
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        tell(.exited(id, status), sourceLocation: sourceLocation)
    }

    mutating func reload(
        _ request: RequestID? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        tell(.reloadRequested(request), sourceLocation: sourceLocation)
    }

    /// A reload whose configuration is valid.
    mutating func reload(
        _ request: RequestID? = nil, to policy: PoolPolicy,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        reload(request, sourceLocation: sourceLocation)
        tell(.configurationRead(policy), sourceLocation: sourceLocation)
    }

    mutating func stop(sourceLocation: SourceLocation = #_sourceLocation) {
        tell(.stopRequested, sourceLocation: sourceLocation)
    }

    /// Time passes; the pool is woken at each deadline that it asked for.
    mutating func after(
        _ duration: Duration, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let end = now + duration
        var wakings = 0
        while let next = pool.nextDeadline, next <= end, wakings < 10_000 {
            now = max(now, next)
            tell(.deadline, sourceLocation: sourceLocation)
            if let again = pool.nextDeadline, again <= now { break }  // It is at fault already.
            wakings += 1
        }
        #expect(wakings < 10_000, "the pool does not come to rest", sourceLocation: sourceLocation)
        now = end
    }

    /// Time passes and the pool is not woken: the machine was suspended, or the master was stopped.
    mutating func stall(_ duration: Duration) { now = now + duration }

    /// The master dies, and another one takes the pool over after this time.
    mutating func changeMasters(
        after gap: Duration, _ cause: Resumption.Cause = .death, watchdog: Duration? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        stall(gap)
        tell(
            .resumed(.test(after: gap, cause), watchdogInterval: watchdog),
            sourceLocation: sourceLocation)
    }

    // MARK: What the audience looks at

    /// The worker launched last in this slot.
    func newest(_ slot: Slot) -> WorkerID {
        cast[slot] ?? WorkerID(slot: slot, incarnation: 0)
    }

    func seat(_ slot: Slot) -> Seat { pool.seats[slot] }

    /// Everything wished for since the last look, of these kinds and in this order. Starts to
    /// listen anew.
    mutating func expect(
        _ lines: String..., hearing kinds: Set<Effect.Kind> = .acts,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = unheard.filter { kinds.contains($0.kind) }.map(\.line)
        unheard = []
        #expect(found == lines, sourceLocation: sourceLocation)
    }

    /// Nothing that was wished for until here matters.
    mutating func skip() { unheard = [] }

    func expectStatus(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(pool.statusLine == line, sourceLocation: sourceLocation)
    }
}

extension PoolPolicy {
    /// Rules with round numbers: no settling, one candidate at a time.
    static func test(
        workers: Int = 1, surge: Int = 1, settle: Duration = .zero,
        rules: (inout WorkerPolicy) -> Void = { _ in }
    ) -> PoolPolicy {
        var worker = WorkerPolicy()
        worker.startTimeout = .seconds(30)
        worker.stopTimeout = .seconds(10)
        worker.killSignal = .interrupt
        worker.restartDelay = .seconds(1)
        worker.restartSteps = 0
        worker.restartReset = .seconds(60)
        worker.startLimitBurst = 0
        rules(&worker)
        return PoolPolicy(
            workers: workers, rolloutSurge: surge, rolloutSettle: settle, worker: worker)
    }
}

extension Resumption {
    static func test(after gap: Duration, _ cause: Cause = .death) -> Resumption {
        Resumption(cause: cause, gap: gap, workers: 2)
    }
}
