// What has happened to a pool, counted since its master began: a value fed from the same records
// that the journal is told.
// Invariant: it grows with the number of slots only; what is known of a worker is forgotten with it.

import PoolCore

struct Tally: Equatable {
    private(set) var starts = Counts<StartCause>()
    private(set) var exits = Counts<ExitCause>()
    private(set) var rollouts = Counts<RolloutResult>()
    private(set) var rolloutDurations: [RolloutResult: DurationHistogram] = [:]
    /// By slot.
    private(set) var connections: [UInt64] = []
    private(set) var messages: UInt64 = 0
    private(set) var watchdogPings: UInt64 = 0

    /// Since when a rollout is under way.
    private var rolloutBegan: Instant?
    /// Slots whose worker is to be replaced for a reason of its own, such as its age.
    private var turnover: [Slot: ExitCause] = [:]
    /// What is known of the ends of workers that are not gone yet, by incarnation.
    private var doomed: [UInt64: ExitCause] = [:]

    enum StartCause: String, CaseIterable {
        case poolStart = "pool_start"
        case restart, rollout, rollback, lifetime, memory, scale
        /// Somebody wanted a fresh worker.
        case asked
    }

    /// Of workers that nobody asked to go, how they ended; of others, why they had to.
    enum ExitCause: String, CaseIterable {
        /// With status 0, or having said that it stops.
        case success
        /// With another exit status.
        case failure
        case signal
        case coreDump = "core_dump"
        /// Its program could not be executed.
        case notStarted = "not_started"
        /// It was not ready in time.
        case startTimeout = "start_timeout"
        /// It sent no heartbeat, or asked for this with WATCHDOG=trigger.
        case watchdog
        /// What it said on its channel was nonsense.
        case `protocol`
        /// Its successor is of a newer generation, or an older one where a rollout was taken back.
        case replaced
        case lifetime
        case memory
        case scale
        /// Somebody wanted a fresh worker.
        case asked
        case stop
        /// It did not go when it was asked.
        case killed
        case unknown
    }

    enum RolloutResult: String, CaseIterable {
        case completed
        case rolledBack = "rolled_back"
        case aborted
        /// The configuration has errors, or another rollout was paused.
        case refused

        /// Whether it has begun, so that it has taken time.
        var hasDuration: Bool { self != .refused }
    }

    /// How often each of a few things was.
    struct Counts<Key: Hashable>: Equatable {
        private var counts: [Key: UInt64] = [:]

        subscript(key: Key) -> UInt64 { counts[key] ?? 0 }

        mutating func add(_ key: Key) { counts[key, default: 0] &+= 1 }
    }

    mutating func countConnection(to slot: Slot) {
        guard slot >= 0 else { return }
        while connections.count <= slot { connections.append(0) }
        connections[slot] &+= 1
    }

    mutating func countMessage() { messages &+= 1 }

    mutating func countWatchdogPing() { watchdogPings &+= 1 }
}

// MARK: Records

extension Tally {
    mutating func count(_ record: Record, at now: Instant) {
        switch record {
        case .agent(let record): countWorker(record)
        case .rolloutStarted: rolloutBegan = now
        case .rolloutFinished(_, _, let duration): endRollout(.completed, after: duration)
        case .rolloutFailed(_, let why):
            endRollout(
                why == Rollout.aborted ? .aborted : .rolledBack,
                after: rolloutBegan.map { now - $0 } ?? .zero)
        case .configurationRefused, .reloadRefused: rollouts.add(.refused)
        default: countWorker(record)
        }
    }

    private mutating func endRollout(_ result: RolloutResult, after duration: Duration) {
        rollouts.add(result)
        rolloutDurations[result, default: DurationHistogram()].observe(duration)
        rolloutBegan = nil
    }

    private mutating func countWorker(_ record: Record) {
        switch record {
        case .workerStarted(let id, _, let reason): countStart(id, reason)
        case .workerUnresponsive(let id, _, let end): doomed[id.incarnation] = ExitCause(end)
        case .workerLeaving(let id, _): doomed[id.incarnation] = .success
        case .workerRetired(let id, _, let reason):
            doomed[id.incarnation] = cause(of: reason, id)
        case .workerKilled(let id, _, .kill, .outOfTime):
            // Why it had to go says more, where it was not asked politely.
            if let cause = doomed[id.incarnation], cause.isWish { doomed[id.incarnation] = .killed }
        // It is still there, as a rule.
        case .workerNeverReady(let id, _, .startTimeout): doomed[id.incarnation] = .startTimeout
        case .workerNeverReady(let id, _, let end): countExit(id, ExitCause(end))
        case .workerExited(let id, _, let status): countExit(id, ExitCause(status))
        case .workerGone(let id, _, let status): countExit(id, ExitCause(status))
        default: break
        }
    }

    private mutating func countStart(_ id: WorkerID, _ reason: Record.StartReason) {
        let cause = StartCause(reason)
        starts.add(cause)
        guard !id.isAgent else { return }
        switch cause {
        case .lifetime: turnover[id.slot] = .lifetime
        case .memory: turnover[id.slot] = .memory
        case .asked: turnover[id.slot] = .asked
        default: turnover[id.slot] = nil
        }
    }

    private func cause(of reason: Record.RetireReason, _ id: WorkerID) -> ExitCause {
        switch reason {
        case .replaced: id.isAgent ? .replaced : turnover[id.slot] ?? .replaced
        case .makesRoom, .superseded, .rolloutFailed: .replaced
        case .fewerWorkers: .scale
        case .poolStopping: .stop
        }
    }

    /// - Parameter cause: Unless more is known.
    private mutating func countExit(_ id: WorkerID, _ cause: ExitCause) {
        exits.add(doomed.removeValue(forKey: id.incarnation) ?? cause)
    }
}

extension Tally.StartCause {
    fileprivate init(_ reason: Record.StartReason) {
        switch reason {
        case .poolStart: self = .poolStart
        case .replacement: self = .restart
        case .rollout: self = .rollout
        case .rollback: self = .rollback
        case .lifetime: self = .lifetime
        case .memory: self = .memory
        case .scale: self = .scale
        case .asked: self = .asked
        }
    }
}

extension Tally.ExitCause {
    /// Whether the worker was only asked to go.
    fileprivate var isWish: Bool {
        switch self {
        case .replaced, .lifetime, .memory, .scale, .asked, .stop, .success: true
        default: false
        }
    }

    fileprivate init(_ end: End) {
        switch end {
        case .exited(let status): self.init(status)
        case .notLaunched: self = .notStarted
        case .startTimeout: self = .startTimeout
        case .watchdog, .trouble: self = .watchdog
        case .announced: self = .success
        case .broken: self = .protocol
        }
    }

    fileprivate init(_ status: ExitStatus) {
        switch status {
        case .exited(let code): self = code == 0 ? .success : .failure
        case .signaled(_, let coreDumped): self = coreDumped ? .coreDump : .signal
        case .unknown: self = .unknown
        }
    }
}
