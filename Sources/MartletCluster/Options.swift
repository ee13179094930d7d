// How a cluster's workers are supervised: the directives of martlet.conf(5) in Swift's terms.
// Invariant: the defaults are those of an empty file, and none is written here: what is not set is not
// passed on.

import PoolConfiguration

extension Cluster {
    /// The rules of a cluster. What is `nil` is as martlet.conf(5) says of a directive that is not
    /// given; the directive is named with each.
    public struct Options: Sendable {
        /// What the pool is called, in the journal and for `martletctl status`: letters, digits, `-`,
        /// `_`, `.`. `nil` is the program's name. Two pools of one user on one machine need two names.
        public var name: String?
        /// Variables for each worker, beside those of the primary.
        public var environment: [String: String] = [:]
        /// An absolute path; `nil` is the primary's own directory.
        public var workingDirectory: String?

        /// Workers beyond those wanted, so that one which is lost leaves no gap, 0 to 1,023: `Spare=`.
        public var spare: Int?
        /// How many new workers may rise at once during a reload, 0 to 1,024: `RolloutSurge=`.
        public var rolloutSurge: Int?
        /// How many slots a reload may empty before their new worker is ready: `RolloutMaxUnready=`.
        public var rolloutMaxUnready: Int?
        /// How long a new worker must stay ready before the old one is asked to leave:
        /// `RolloutSettleSec=`.
        public var rolloutSettle: Duration?

        /// When a worker is ready: `Type=`.
        public var readiness: Readiness?
        /// How long a worker may take to become ready, without end if zero: `TimeoutStartSec=`.
        public var startTimeout: Duration?
        /// How long a worker may take to leave before it gets ``killSignal``, and then again before it
        /// is killed; without end if zero: `TimeoutStopSec=`.
        public var stopTimeout: Duration?
        /// The signal for who can't be asked, or has not left in time: `KillSignal=`.
        public var killSignal: Signal?
        /// The signal for who has not ended after that: `FinalKillSignal=`.
        public var finalKillSignal: Signal?
        /// How long a worker may be silent, which calls `heartbeat()` more often: `WatchdogSec=`.
        public var watchdogInterval: Duration?
        /// The signal for who was silent for longer: `WatchdogSignal=`.
        public var watchdogSignal: Signal?

        /// After which ends a worker is started again: `Restart=`.
        public var restart: RestartRule?
        /// The delay before the second restart in a row; the first comes at once: `RestartSec=`.
        public var restartDelay: Duration?
        /// In how many steps the delay grows to ``restartMaxDelay``, 0 to 1,000: `RestartSteps=`.
        public var restartSteps: Int?
        /// The longest delay before a restart: `RestartMaxDelaySec=`.
        public var restartMaxDelay: Duration?
        /// How long a worker must be up for its next end to count as the first: `RestartResetSec=`.
        public var restartReset: Duration?
        /// The interval for ``startLimitBurst``, no limit if zero: `StartLimitIntervalSec=`.
        public var startLimitInterval: Duration?
        /// How many starts of a slot are allowed in that, no limit if zero: `StartLimitBurst=`.
        public var startLimitBurst: Int?
        /// How long a worker serves before a fresh one takes its place: `RuntimeMaxSec=`.
        public var lifetime: Duration?
        /// At most so much is added to that, by chance at each start: `RuntimeRandomizedExtraSec=`.
        public var lifetimeExtra: Duration?
        /// How many bytes of its own a worker may have before a fresh one takes its place, at least
        /// 1,048,576: `RecycleMemory=`.
        public var memoryLimit: UInt64?
        /// Ends that count as success, beside status 0 and the usual stop signals:
        /// `SuccessExitStatus=`.
        public var successExitStatus: [End] = []
        /// Ends after which a worker is not started again: `RestartPreventExitStatus=`.
        public var restartPreventExitStatus: [End] = []

        /// All defaults.
        public init() {}
    }
}

extension Cluster.Options {
    /// As the files would have it.
    var settings: [CodeSetting] {
        var settings = poolSettings + timeSettings + restartSettings
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            settings.append(.variable(name, value))
        }
        if let workingDirectory { settings.append(.directory(workingDirectory)) }
        return settings
    }

    private var poolSettings: [CodeSetting] {
        [
            Self.setting(.pool, "Spare", spare.map(String.init)),
            Self.setting(.pool, "RolloutSurge", rolloutSurge.map(String.init)),
            Self.setting(.pool, "RolloutMaxUnready", rolloutMaxUnready.map(String.init)),
            Self.setting(.pool, "RolloutSettleSec", rolloutSettle?.directiveText),
        ].compactMap { $0 }
    }

    private var timeSettings: [CodeSetting] {
        [
            Self.setting(.worker, "Type", readiness?.text),
            Self.setting(.worker, "TimeoutStartSec", startTimeout?.directiveText),
            Self.setting(.worker, "TimeoutStopSec", stopTimeout?.directiveText),
            Self.setting(.worker, "KillSignal", killSignal?.description),
            Self.setting(.worker, "FinalKillSignal", finalKillSignal?.description),
            Self.setting(.worker, "WatchdogSec", watchdogInterval?.directiveText),
            Self.setting(.worker, "WatchdogSignal", watchdogSignal?.description),
            Self.setting(.worker, "RuntimeMaxSec", lifetime?.directiveText),
            Self.setting(.worker, "RuntimeRandomizedExtraSec", lifetimeExtra?.directiveText),
            Self.setting(.worker, "RecycleMemory", memoryLimit.map(String.init)),
        ].compactMap { $0 }
    }

    private var restartSettings: [CodeSetting] {
        [
            Self.setting(.worker, "Restart", restart?.text),
            Self.setting(.worker, "RestartSec", restartDelay?.directiveText),
            Self.setting(.worker, "RestartSteps", restartSteps.map(String.init)),
            Self.setting(.worker, "RestartMaxDelaySec", restartMaxDelay?.directiveText),
            Self.setting(.worker, "RestartResetSec", restartReset?.directiveText),
            Self.setting(.worker, "StartLimitIntervalSec", startLimitInterval?.directiveText),
            Self.setting(.worker, "StartLimitBurst", startLimitBurst.map(String.init)),
            Self.setting(.worker, "SuccessExitStatus", Self.list(successExitStatus)),
            Self.setting(.worker, "RestartPreventExitStatus", Self.list(restartPreventExitStatus)),
        ].compactMap { $0 }
    }

    private static func setting(
        _ section: Section, _ name: String, _ text: String?
    ) -> CodeSetting? {
        text.map { .directive(section, name, $0) }
    }

    private static func list(_ ends: [Cluster.End]) -> String? {
        ends.isEmpty ? nil : ends.map(\.text).joined(separator: " ")
    }
}

extension Duration {
    /// In whole microseconds, as systemd.time(7) has them; a negative one is refused there.
    fileprivate var directiveText: String {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? "-1us" : "\(Int64.max)us" }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return carry ? "\(Int64.max)us" : "\(sum)us"
    }
}
