// The one table of directives: parsing, suggestions, `martletctl check` and martlet.conf(5) all come
// from it.
// Invariant: defaults are not written here; they are those of PoolCore and of an empty file.

import PoolCore

/// A directive of [Pool], [Worker] or [Agent].
package struct Directive: Sendable {
    package let section: Section
    package let name: String
    /// One sentence.
    package let documentation: String
    let kind: Kind

    /// How the value is read and where it goes.
    enum Kind: Sendable {
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
        case command(Place<WorkerCommand?>)
        case workingDirectory(Place<WorkingDirectory?>)
        case environment(Place<[EnvironmentAssignment]>)
        case environmentFiles(Place<[EnvironmentFile]>)
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
    package static let all: [Directive] =
        poolDirectives + Program.allCases.flatMap(\.directives)

    private static let poolDirectives: [Directive] = [
        Directive(
            .pool, "Workers", .workerCount,
            "How many workers: auto for one per processor the unit may use, N, or -N for N fewer."),
        Directive(
            .pool, "Spare", .count(Place(\.spare), 0...1_023),
            "How many workers there are beyond those, so that one which is lost leaves no gap."),
        Directive(
            .pool, "Protocol", .word(WordPlace(Place(\.workerProtocol))),
            "How a worker is spoken to: as a service by systemd, by Node's cluster, or by our library."
        ),
        Directive(
            .pool, "Dispatch", .word(WordPlace(Place(\.dispatch))),
            "How connections reach workers: all accept, or the master does and passes them on."),
        Directive(
            .pool, "Overflow", .word(WordPlace(Place(\.overflow))),
            "With source-hash: whether a client waits for its worker, or any other may have it."),
        Directive(
            .pool, "RolloutSurge", .count(Place(\.rolloutSurge), 0...1_024),
            "How many new workers may rise at once beside the old ones during a rollout."),
        Directive(
            .pool, "RolloutMaxUnready", .count(Place(\.rolloutMaxUnready), 0...1_024),
            "How many slots a rollout may empty before their new worker is ready."),
        Directive(
            .pool, "RolloutSettleSec", .timeSpan(Place(\.rolloutSettle)),
            "How long a new worker must stay ready before the old one is retired."),
    ]

    fileprivate init(_ section: Section, _ name: String, _ kind: Kind, _ documentation: String) {
        self.section = section
        self.name = name
        self.documentation = documentation
        self.kind = kind
    }
}

/// The same words for each program, with places and sentences of its own.
extension Program {
    fileprivate var directives: [Directive] {
        startDirectives + messageDirectives + stopDirectives + restartDirectives + endDirectives
    }

    private func directive(
        _ name: String, _ kind: Directive.Kind, _ documentation: String
    ) -> Directive {
        Directive(section, name, kind, documentation)
    }

    private var startDirectives: [Directive] {
        [
            directive(
                "Type", .word(WordPlace(place(\.policy.readiness))),
                "When \(anyone) is ready: notify, when it sends READY=1; exec, when exec succeeded."
            ),
            directive("ExecStart", .command(place(\.command)), "The command \(each) runs."),
            directive(
                "WorkingDirectory", .workingDirectory(place(\.workingDirectory)),
                "The directory \(each) starts in; by default that of the pool's unit."),
            directive(
                "Environment", .environment(place(\.environment)),
                "Variables for \(all), several to a line; an empty value resets the list."),
            directive(
                "EnvironmentFile", .environmentFiles(place(\.environmentFiles)),
                "A file with variables for \(all), read at each reload; overrides Environment=."),
        ]
    }

    private var messageDirectives: [Directive] {
        let shutdown = directive(
            "ShutdownMessage", .boolean(place(\.sendsShutdownMessage)), messageInPlace)
        switch self {
        // It listens to nothing that the pool knows of: its message is what there is.
        case .agent: return [shutdown]
        case .worker:
            let ready = directive(
                "ReadyMessage", .boolean(place(\.awaitsReadyMessage)),
                "Whether a Node worker is ready when it sends \"ready\", not when it listens.")
            return [ready, shutdown]
        }
    }

    private var messageInPlace: String {
        switch self {
        case .worker: "Whether a Node worker is sent \"shutdown\" in place of being disconnected."
        case .agent: "Whether a Node agent is sent \"shutdown\" before it gets KillSignal=."
        }
    }

    private var stopDirectives: [Directive] {
        [
            directive(
                "TimeoutStartSec", .timeout(place(\.policy.startTimeout), none: "infinity"),
                "How long \(anyone) may take to become ready."),
            directive(
                "TimeoutStopSec", .timeout(place(\.policy.stopTimeout), none: "infinity"),
                "How long \(anyone) may take to end before it is killed."),
            directive(
                "TimeoutSec", .bothTimeouts, "Sets TimeoutStartSec= and TimeoutStopSec=."),
            directive(
                "KillSignal", .signal(place(\.policy.killSignal)),
                "The signal that asks \(anyone) to end."),
            directive(
                "FinalKillSignal", .signal(place(\.policy.finalKillSignal)),
                "The signal for \(anyone) if it has not ended in TimeoutStopSec=."),
            directive(
                "WatchdogSec", .timeout(place(\.policy.watchdogInterval), none: "0"),
                "How long \(anyone) may be silent; it must send WATCHDOG=1 more often than that."),
            directive(
                "WatchdogSignal", .signal(place(\.policy.watchdogSignal)),
                "The signal for \(anyone) if it was silent for WatchdogSec=."),
        ]
    }

    private var restartDirectives: [Directive] {
        [
            directive(
                "Restart", .word(WordPlace(place(\.policy.restart))),
                "After which ends \(anyone) is started again."),
            directive("RestartSec", .timeSpan(place(\.policy.restartDelay)), firstDelay),
            directive(
                "RestartSteps", .count(place(\.policy.restartSteps), 0...1_000),
                "In how many steps the delay grows to RestartMaxDelaySec=; 0 keeps it constant."),
            directive(
                "RestartMaxDelaySec", .timeSpan(place(\.policy.restartMaxDelay)),
                "The longest delay before a restart."),
            directive(
                "RestartResetSec", .timeSpan(place(\.policy.restartReset)),
                "How long \(anyone) must be up for its next end to count as the first."),
            directive(
                "StartLimitIntervalSec", .timeSpan(place(\.policy.startLimitInterval)),
                "The interval in which StartLimitBurst= starts of \(slot) are allowed; 0 for no limit."
            ),
            directive(
                "StartLimitBurst", .count(place(\.policy.startLimitBurst), 0...10_000),
                "How many starts of \(slot) StartLimitIntervalSec= allows; 0 for no limit."),
        ]
    }

    private var firstDelay: String {
        switch self {
        case .worker: "The delay before the second restart in a row; the first comes at once."
        case .agent: "The delay before the first restart in a row."
        }
    }

    private var endDirectives: [Directive] {
        [
            directive(
                "RuntimeMaxSec", .timeout(place(\.policy.lifetime), none: "infinity"),
                "How long \(anyone) serves before a fresh one takes its place."),
            directive(
                "RuntimeRandomizedExtraSec", .timeSpan(place(\.policy.lifetimeExtra)),
                "At most so much is added to RuntimeMaxSec=, by chance at each start."),
            directive(
                "RecycleMemory", .byteSize(place(\.policy.memoryLimit), least: 1 << 20),
                "How much memory of its own \(anyone) may have before a fresh one takes its place."),
            directive(
                "SuccessExitStatus", .exitStatuses(place(\.policy.successExitStatus)),
                "Ends that count as success, besides status 0 and the usual stop signals."),
            directive(
                "RestartPreventExitStatus",
                .exitStatuses(place(\.policy.restartPreventExitStatus)),
                "Ends after which \(anyone) is not started again, whatever Restart= says."),
        ]
    }
}
