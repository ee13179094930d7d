// The pool as a value: an event and the time go in, effects come out.
// Invariant: `violations` is empty between any two events; the master and the tests check it.

/// The state machine of one pool. It never acts and never reads a clock.
package struct Pool: Codable, Sendable {
    package internal(set) var phase = Phase.idle
    /// Ascending by number: every generation a worker or a seat belongs to.
    package internal(set) var generations: [Generation]
    /// The newest generation that got ready: the one a failed rollout goes back to.
    package internal(set) var settled: GenerationNumber = 1
    /// Ascending by slot, without gaps.
    package internal(set) var seats: [Seat] = []
    /// Ascending by incarnation.
    package internal(set) var workers: [Worker] = []
    package internal(set) var rollout: Rollout?
    /// Why the last reload failed; `nil` after one that went well.
    package internal(set) var lastFailure: String?

    var lastNumber: GenerationNumber = 1
    var lastIncarnation: UInt64 = 0
    /// A reload that was asked for while another piece of work was under way, with those who wait
    /// for it.
    var pendingReload: [RequestID]?
    /// Fresh workers that were asked for and are not there yet.
    package internal(set) var orders: [RestartOrder] = []
    /// What was asked for while another piece of work was under way.
    var pendingScale = PendingScale()
    /// What chance is made of: the same seed gives the same lifetimes.
    let seed: UInt64
    /// Whether its one worker is the agent of another pool: see `Pool+Agent.swift`.
    let isAgent: Bool
    var watchdog: Watchdog?
    var pace = Pace()
    /// Whether the journal knows that slots wait for `pace`.
    var isPaceRecorded = false
    /// When the memory of workers is measured next; `nil` while none has a limit.
    var measureDue: Instant?
    /// The time that the service manager was last promised an end by.
    var promise: Instant?
    var statusText = ""
    /// Whether READY=1 was sent.
    var hasServed = false
    var startedAt = Instant(nanoseconds: 0)
    var clock = Instant(nanoseconds: .min)
    /// Empty between two events.
    var effects: [Effect] = []

    /// One accepted configuration.
    package struct Generation: Codable, Sendable {
        package let number: GenerationNumber
        /// The number of workers changes when the pool is scaled.
        package internal(set) var policy: PoolPolicy
    }

    package enum Phase: Hashable, Codable, Sendable {
        /// Nothing has happened. Can become: rising, at `start`.
        case idle
        /// The first generation is starting; READY=1 has not been sent.
        /// Can become: serving, when every worker is ready; stopping, when one can't be or when
        /// asked to.
        case rising
        /// READY=1 was sent. Workers may come and go, rollouts too.
        /// Can become: stopping, when asked to; ended, when `Restart=` wants no worker any more.
        case serving
        /// Every worker is a leaver. Can become: ended, when the last one is reaped.
        case stopping(Outcome)
        /// There is nothing left. Can't become anything.
        case ended(Outcome)
    }

    /// The service manager's own watchdog.
    struct Watchdog: Codable, Sendable {
        /// How often a heartbeat is sent: half of the unit's `WatchdogSec=`.
        let period: Duration
        var due: Instant
        var isWithheld = false

        /// `nil` without a `WatchdogSec=`.
        init?(_ interval: Duration?, due: Instant) {
            guard let interval, interval > .zero else { return nil }
            period = interval / 2
            self.due = due
        }
    }

    /// - Parameters:
    ///   - policy: the rules of generation 1.
    ///   - watchdogInterval: the unit's `WatchdogSec=`, or `nil` if it has none.
    ///   - seed: any number; two pools with the same one draw the same lifetimes.
    package init(policy: PoolPolicy, watchdogInterval: Duration?, seed: UInt64 = 0) {
        self.seed = seed
        isAgent = false
        generations = [Generation(number: 1, policy: policy)]
        watchdog = Watchdog(watchdogInterval, due: Instant(nanoseconds: .min))
    }

    /// Takes one event and returns what is to be done about it, in order.
    ///
    /// Nobody is given up for being late but by `.deadline`, and the edge sends that one last, after
    /// all that it can read: a master that was stalled itself must not take what waits unread in
    /// its sockets for silence.
    ///
    /// - Parameter now: the time; one that lies before an earlier one counts as that.
    package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        if case .ended(let outcome) = phase { return answerAfterEnd(event, outcome) }
        return perform(at: now) { $0.take(event) }
    }

    /// Does something, and whatever follows from it.
    mutating func perform(at now: Instant, _ deed: (inout Pool) -> Void) -> [Effect] {
        clock = max(clock, now)
        deed(&self)
        becomeServing()
        advanceRollout()
        applyScale()
        staffSeats()
        concludeRestarts()
        conclude()
        scheduleMeasurement()
        reportToManager()
        if case .ended(let outcome) = phase { effects.append(.finish(outcome)) }
        defer { effects = [] }
        return effects
    }

    mutating func take(_ event: Event) {
        switch event {
        case .start: start()
        case .launched(let id): launched(id)
        case .launchFailed(let id, let failure): launchFailed(id, failure)
        case .noticed(let id, let notice): noticed(id, notice)
        case .unreachable(let id): unreachable(id)
        case .exited(let id, let status): exited(id, status)
        case .reloadRequested(let request): requestReload(request)
        case .configurationRead(let policy): beginRollout(policy)
        case .configurationRefused(let why): refuseConfiguration(why)
        case .scaleRequested(let scaling): requestScale(scaling)
        case .pauseRequested(let request): pauseRollout(request)
        case .resumeRequested(let request): resumeRollout(request)
        case .abortRequested(let request): abortRollout(request)
        case .restartRequested(let request, let slot): requestRestart(request, slot)
        case .signalRequested(let request, let slot, let signal):
            requestSignal(request, slot, signal)
        case .memoryMeasured(let id, let bytes): memoryMeasured(id, bytes)
        case .stopRequested: requestStop()
        case .resumed(let resumption, let interval):
            resume(resumption, watchdogInterval: interval)
        case .deadline:
            expireDeadlines()
            promoteSettled()
            measureMemory()
        }
    }

    private func answerAfterEnd(_ event: Event, _ outcome: Outcome) -> [Effect] {
        switch event {
        case .reloadRequested(let request?), .pauseRequested(let request),
            .resumeRequested(let request), .abortRequested(let request),
            .restartRequested(let request, _), .signalRequested(let request, _, _):
            return [.answer([request], .refused("the pool has stopped"))]
        case .resumed(let resumption, _): return resumeAfterEnd(resumption, outcome)
        default: return []
        }
    }

    private mutating func start() {
        guard phase == .idle, let generation = generations.first else { return }
        phase = .rising
        startedAt = clock
        seats = (0..<generation.policy.slots).map {
            Seat(slot: $0, generation: generation.number, opening: .poolStart)
        }
    }
}

// Queries: one line each.
extension Pool {
    package func policy(of number: GenerationNumber) -> PoolPolicy {
        generations.last { $0.number == number }?.policy
            ?? generations[generations.count - 1].policy
    }

    func worker(_ slot: Slot, _ role: Worker.Role) -> Worker? {
        workers.first { $0.id.slot == slot && $0.role == role }
    }

    func index(of id: WorkerID) -> Int? { workers.firstIndex { $0.id == id } }

    var candidates: [Worker] { workers.filter { $0.role == .candidate } }

    var isStopping: Bool {
        if case .stopping = phase { return true }
        return false
    }

    /// Workers that serve: ready and not on their way out.
    package var serving: [Worker] { workers.filter(\.isServing) }

    /// Slots with a worker that serves.
    package var readySlots: Int { slots(where: \.isServing) }

    /// How many slots have such a worker. It is asked several times an event: no worker is copied.
    func slots(where holds: (Worker) -> Bool) -> Int {
        var found = Set<Slot>(minimumCapacity: seats.count)
        for worker in workers where holds(worker) { found.insert(worker.id.slot) }
        return found.count
    }

    package var wanted: Int { policy(of: settled).workers }

    /// Whether a worker serves in this slot.
    func isServed(_ slot: Slot) -> Bool {
        workers.contains { $0.id.slot == slot && $0.isServing }
    }
}
