// What a configuration asks of the core: numbers and rules, nothing that only the edge needs.
// The names in brackets are the directives of martlet.conf(5).

/// The rules of one generation.
package struct PoolPolicy: Equatable, Codable, Sendable {
    /// How many workers are wanted, at least 1 [Workers, resolved by the edge].
    package var workers: Int
    /// Workers beyond that which stand by, so that one which is lost leaves no gap; `READY=1` does
    /// not wait for them [Spare].
    package var spare: Int
    /// How many candidates may rise at once beside the workers they are to replace; 0 only if some
    /// may be unready [RolloutSurge].
    package var rolloutSurge: Int
    /// How many slots a rollout may leave without a ready worker, each emptied before its new one
    /// is started; 0 is zero downtime [RolloutMaxUnready].
    package var rolloutMaxUnready: Int
    /// How long a candidate must stay ready before it counts and its predecessor is retired
    /// [RolloutSettleSec].
    package var rolloutSettle: Duration
    package var worker: WorkerPolicy
    /// The rules for the agent; `nil` without one [the Agent section].
    package var agent: WorkerPolicy?

    package init(
        workers: Int = 1, spare: Int = 0, rolloutSurge: Int = 1, rolloutMaxUnready: Int = 0,
        rolloutSettle: Duration = .seconds(1), worker: WorkerPolicy = WorkerPolicy(),
        agent: WorkerPolicy? = nil
    ) {
        self.workers = workers
        self.spare = spare
        self.rolloutSurge = rolloutSurge
        self.rolloutMaxUnready = rolloutMaxUnready
        self.rolloutSettle = rolloutSettle
        self.worker = worker
        self.agent = agent
    }

    /// Slots there are to be: the workers wanted, and the spare ones.
    package var slots: Int { workers + spare }

    /// Candidates that may rise at once where nobody is retired first: for a worker that has served
    /// its time, or on the way back from a rollout.
    var surge: Int { max(1, rolloutSurge) }
}

/// The rules for one worker. A `nil` time is "infinity".
package struct WorkerPolicy: Equatable, Codable, Sendable {
    package var readiness = Readiness.notify  // [Type]
    package var startTimeout: Duration? = .seconds(90)  // [TimeoutStartSec]
    package var stopTimeout: Duration? = .seconds(10)  // [TimeoutStopSec]
    /// Whether it is asked through its channel to leave, and gets `KillSignal` only if it does not
    /// in time [Protocol].
    package var disconnects = false
    package var killSignal = Signal.interrupt  // [KillSignal]
    package var finalKillSignal = Signal.kill  // [FinalKillSignal]
    package var watchdogInterval: Duration?  // [WatchdogSec]
    package var watchdogSignal = Signal.abort  // [WatchdogSignal]
    package var restart = RestartRule.always  // [Restart]
    package var restartDelay: Duration = .milliseconds(100)  // [RestartSec]
    /// Whether the first restart in a row is without a delay.
    package var isReplacedAtOnce = true
    package var restartSteps = 10  // [RestartSteps]
    package var restartMaxDelay: Duration = .seconds(30)  // [RestartMaxDelaySec]
    /// A worker that stayed up this long has proved itself: its next end counts as the first
    /// [RestartResetSec].
    package var restartReset: Duration = .seconds(10)
    package var startLimitInterval: Duration = .seconds(10)  // [StartLimitIntervalSec]
    /// 0 switches the limit off [StartLimitBurst].
    package var startLimitBurst = 5
    /// How long a worker serves before a fresh one takes its place; `nil` is for ever
    /// [RuntimeMaxSec].
    package var lifetime: Duration?
    /// At most so much is added to the lifetime, by chance, so that workers which were started
    /// together do not end together [RuntimeRandomizedExtraSec].
    package var lifetimeExtra: Duration = .zero
    /// How much memory of its own a worker may have, in bytes, before a fresh one takes its place;
    /// `nil` is any [RecycleMemory].
    package var memoryLimit: UInt64?
    package var successExitStatus = ExitStatusSet()  // [SuccessExitStatus]
    package var restartPreventExitStatus = ExitStatusSet()  // [RestartPreventExitStatus]

    package init() {}
}

/// When a worker counts as ready [Type].
package enum Readiness: String, Codable, Sendable, CaseIterable {
    /// When it sends READY=1.
    case notify
    /// When exec has succeeded.
    case exec
}

/// After which ends a worker is started again: the table in systemd.service(5) [Restart].
package enum RestartRule: String, Codable, Sendable, CaseIterable {
    case no
    case always
    case onSuccess = "on-success"
    case onFailure = "on-failure"
    case onAbnormal = "on-abnormal"
    case onAbort = "on-abort"
    case onWatchdog = "on-watchdog"
}
