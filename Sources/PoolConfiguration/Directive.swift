// The one table of directives: parsing, suggestions, `martletctl check` and martlet.conf(5) all come
// from it.
// Invariant: defaults are not written here; they are those of PoolCore and of an empty file.

import PoolCore

/// A directive of [Pool] or [Worker].
package struct Directive: Sendable {
    package let section: Section
    package let name: String
    /// One sentence.
    package let documentation: String
    let kind: Kind

    /// How the value is read and where it goes.
    enum Kind: Sendable {
        typealias Place<Value> = WritableKeyPath<SettingValues, Value> & Sendable

        case workerCount
        case count(Place<Int>, ClosedRange<Int>)
        /// Finite; zero is allowed.
        case timeSpan(Place<Duration>)
        /// Zero and "infinity" both mean that there is none.
        case timeout(Place<Duration?>, none: String)
        case bothTimeouts
        /// In bytes; "infinity" means that there is none.
        case byteSize(Place<UInt64?>, least: UInt64)
        case signal(Place<Signal>)
        case word(WordPlace)
        case boolean(Place<Bool>)
        case exitStatuses(Place<ExitStatusSet>)
        case command
        case workingDirectory
        case environment
        case environmentFiles
    }

    /// What may be written, in a few words.
    package var form: String {
        switch kind {
        case .workerCount: "auto, a number from 1 to 1024, or -N"
        case .count(_, let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .timeSpan: "a time span"
        case .timeout(_, let none): "a time span, or 0 or infinity for none (shown as \(none))"
        case .bothTimeouts: "a time span, or 0 or infinity for none"
        case .byteSize(_, let least):
            "a size of at least \(ByteSize.text(least)), or infinity for none"
        case .signal: "a signal"
        case .word(let place): place.words.joined(separator: ", ")
        case .boolean: "yes or no"
        case .exitStatuses: "a list of exit statuses and signals"
        case .command: "a command line, required"
        case .workingDirectory: "an absolute path, optional with \"-\""
        case .environment: "a list of assignments NAME=value"
        case .environmentFiles: "an absolute path, optional with \"-\"; may be repeated"
        }
    }

    /// The value that holds when the directive isn't given; empty for a list or for none.
    package var defaultText: String {
        shownValues(SettingValues(pool: "")).first?.text ?? ""
    }

    package static func named(_ name: String, in section: Section) -> Directive? {
        all.first { $0.section == section && $0.name == name }
    }

    static func names(in section: Section) -> [String] {
        all.filter { $0.section == section }.map(\.name)
    }

    /// Every directive, in the order in which people read them.
    package static let all: [Directive] = poolDirectives + workerDirectives + endDirectives

    private static let poolDirectives: [Directive] = [
        Directive(
            .pool, "Workers", .workerCount,
            "How many workers: auto for one per processor the unit may use, N, or -N for N fewer."),
        Directive(
            .pool, "Spare", .count(\.policy.spare, 0...1_023),
            "How many workers there are beyond those, so that one which is lost leaves no gap."),
        Directive(
            .pool, "Protocol", .word(WordPlace(\.workerProtocol)),
            "How a worker is spoken to: as a service by systemd, by Node's cluster, or by our library."
        ),
        Directive(
            .pool, "Dispatch", .word(WordPlace(\.dispatch)),
            "How connections reach workers: all accept, or the master does and passes them on."),
        Directive(
            .pool, "Overflow", .word(WordPlace(\.overflow)),
            "With source-hash: whether a client waits for its worker, or any other may have it."),
        Directive(
            .pool, "RolloutSurge", .count(\.policy.rolloutSurge, 0...1_024),
            "How many new workers may rise at once beside the old ones during a rollout."),
        Directive(
            .pool, "RolloutMaxUnready", .count(\.policy.rolloutMaxUnready, 0...1_024),
            "How many slots a rollout may empty before their new worker is ready."),
        Directive(
            .pool, "RolloutSettleSec", .timeSpan(\.policy.rolloutSettle),
            "How long a new worker must stay ready before the old one is retired."),
    ]

    private static let workerDirectives: [Directive] = [
        Directive(
            .worker, "Type", .word(WordPlace(\.policy.worker.readiness)),
            "When a worker is ready: notify, when it sends READY=1; exec, when exec succeeded."),
        Directive(.worker, "ExecStart", .command, "The command each worker runs."),
        Directive(
            .worker, "WorkingDirectory", .workingDirectory,
            "The directory each worker starts in; by default that of the pool's unit."),
        Directive(
            .worker, "Environment", .environment,
            "Variables for workers, several to a line; an empty value resets the list."),
        Directive(
            .worker, "EnvironmentFile", .environmentFiles,
            "A file with variables for workers, read anew at each reload; overrides Environment=."),
        Directive(
            .worker, "ReadyMessage", .boolean(\.awaitsReadyMessage),
            "Whether a Node worker is ready when it sends \"ready\", not when it listens."),
        Directive(
            .worker, "ShutdownMessage", .boolean(\.sendsShutdownMessage),
            "Whether a Node worker is sent \"shutdown\" in place of being disconnected."),
        Directive(
            .worker, "TimeoutStartSec", .timeout(\.policy.worker.startTimeout, none: "infinity"),
            "How long a worker may take to become ready."),
        Directive(
            .worker, "TimeoutStopSec", .timeout(\.policy.worker.stopTimeout, none: "infinity"),
            "How long a worker may take to end before it is killed."),
        Directive(
            .worker, "TimeoutSec", .bothTimeouts, "Sets TimeoutStartSec= and TimeoutStopSec=."),
        Directive(
            .worker, "KillSignal", .signal(\.policy.worker.killSignal),
            "The signal that asks a worker to end."),
        Directive(
            .worker, "FinalKillSignal", .signal(\.policy.worker.finalKillSignal),
            "The signal for a worker that has not ended in TimeoutStopSec=."),
        Directive(
            .worker, "WatchdogSec", .timeout(\.policy.worker.watchdogInterval, none: "0"),
            "How long a worker may be silent; it must send WATCHDOG=1 more often than that."),
        Directive(
            .worker, "WatchdogSignal", .signal(\.policy.worker.watchdogSignal),
            "The signal for a worker that was silent for WatchdogSec=."),
    ]

    private static let endDirectives: [Directive] = [
        Directive(
            .worker, "Restart", .word(WordPlace(\.policy.worker.restart)),
            "After which ends a worker is started again."),
        Directive(
            .worker, "RestartSec", .timeSpan(\.policy.worker.restartDelay),
            "The delay before the second restart in a row; the first comes at once."),
        Directive(
            .worker, "RestartSteps", .count(\.policy.worker.restartSteps, 0...1_000),
            "In how many steps the delay grows to RestartMaxDelaySec=; 0 keeps it constant."),
        Directive(
            .worker, "RestartMaxDelaySec", .timeSpan(\.policy.worker.restartMaxDelay),
            "The longest delay before a restart."),
        Directive(
            .worker, "RestartResetSec", .timeSpan(\.policy.worker.restartReset),
            "How long a worker must be up for its next end to count as the first."),
        Directive(
            .worker, "StartLimitIntervalSec", .timeSpan(\.policy.worker.startLimitInterval),
            "The interval in which StartLimitBurst= starts of a slot are allowed; 0 for no limit."),
        Directive(
            .worker, "StartLimitBurst", .count(\.policy.worker.startLimitBurst, 0...10_000),
            "How many starts of a slot StartLimitIntervalSec= allows; 0 for no limit."),
        Directive(
            .worker, "RuntimeMaxSec", .timeout(\.policy.worker.lifetime, none: "infinity"),
            "How long a worker serves before a fresh one takes its place."),
        Directive(
            .worker, "RuntimeRandomizedExtraSec", .timeSpan(\.policy.worker.lifetimeExtra),
            "At most so much is added to RuntimeMaxSec=, by chance for each worker."),
        Directive(
            .worker, "RecycleMemory", .byteSize(\.policy.worker.memoryLimit, least: 1 << 20),
            "How much memory of its own a worker may have before a fresh one takes its place."),
        Directive(
            .worker, "SuccessExitStatus", .exitStatuses(\.policy.worker.successExitStatus),
            "Ends that count as success, besides status 0 and the usual stop signals."),
        Directive(
            .worker, "RestartPreventExitStatus",
            .exitStatuses(\.policy.worker.restartPreventExitStatus),
            "Ends after which a worker is not started again, whatever Restart= says."),
    ]

    private init(_ section: Section, _ name: String, _ kind: Kind, _ documentation: String) {
        self.section = section
        self.name = name
        self.documentation = documentation
        self.kind = kind
    }
}
