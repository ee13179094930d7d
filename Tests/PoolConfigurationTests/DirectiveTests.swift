// Each directive of [Pool] and [Worker]: its default, its values, its refusals.

import PoolCore
import Testing

@testable import PoolConfiguration

@Suite struct DirectiveTests {
    private func policy(_ lines: String, section: String = "Worker") throws -> PoolPolicy {
        try load(leastPool + "[\(section)]\n\(lines)\n").policy(availableProcessors: 4)
    }

    @Test("a pool that says nothing has the defaults of the core")
    func defaults() throws {
        var expected = PoolPolicy()
        expected.workers = 4
        #expect(try policy("") == expected)
    }

    @Test("the defaults are the documented ones")
    func documentedDefaults() {
        let defaults = Directive.all.map { "\($0.name)=\($0.defaultText)" }
        #expect(
            defaults == [
                "Workers=auto", "Spare=0", "Protocol=systemd", "Dispatch=shared", "Overflow=wait",
                "RolloutSurge=1", "RolloutMaxUnready=0", "RolloutSettleSec=1s", "Type=notify",
                "ExecStart=",
                "WorkingDirectory=",
                "Environment=", "EnvironmentFile=", "ReadyMessage=no", "ShutdownMessage=no",
                "TimeoutStartSec=1min 30s",
                "TimeoutStopSec=10s", "TimeoutSec=", "KillSignal=SIGINT",
                "FinalKillSignal=SIGKILL", "WatchdogSec=0", "WatchdogSignal=SIGABRT",
                "Restart=always", "RestartSec=100ms", "RestartSteps=10",
                "RestartMaxDelaySec=30s", "RestartResetSec=10s", "StartLimitIntervalSec=10s",
                "StartLimitBurst=5", "RuntimeMaxSec=infinity", "RuntimeRandomizedExtraSec=0",
                "RecycleMemory=infinity", "SuccessExitStatus=", "RestartPreventExitStatus=",
            ])
    }

    @Test("every directive is documented in one sentence, and its name is its own")
    func table() {
        for directive in Directive.all {
            #expect(directive.documentation.hasSuffix("."))
            #expect(!directive.documentation.dropLast().contains(". "))
            #expect(!directive.form.isEmpty)
            #expect(Directive.named(directive.name, in: directive.section)?.name == directive.name)
        }
        #expect(Set(Directive.all.map(\.name)).count == Directive.all.count)
    }

    @Test(
        "Workers= counts processors, or doesn't",
        arguments: [
            ("auto", 4, 4), ("auto", 1, 1), ("auto", 0, 1), ("auto", 5_000, 1_024), ("3", 8, 3),
            ("1024", 8, 1_024), ("-1", 4, 3), ("-4", 4, 1), ("-1024", 4, 1), ("007", 1, 7),
        ])
    func workers(text: String, processors: Int, count: Int) throws {
        let settings = try load(leastPool + "[Pool]\nWorkers=\(text)\n")
        #expect(settings.policy(availableProcessors: processors).workers == count)
    }

    @Test(
        "a number of workers that can't be is refused",
        arguments: [
            "0", "1025", "-0", "-1025", "-", "--1", "+4", "4.0", "Auto", "99999999999999999999",
            "٤",
        ])
    func badWorkers(text: String) {
        #expect(
            problems(leastPool + "[Pool]\nWorkers=\(text)\n") == [
                "web.conf:6: [Pool] Workers=\(text): expects auto, a number from 1 to 1024, or -N for "
                    + "N fewer than processors"
            ])
    }

    @Test("a word that is none is answered with those that are")
    func words() throws {
        #expect(
            problems(leastPool + "[Pool]\nProtocol=nod\nDispatch=round-robbin\nOverflow=no\n") == [
                "web.conf:6: [Pool] Protocol=nod: expects one of systemd, node, martlet "
                    + "(did you mean node?)",
                "web.conf:7: [Pool] Dispatch=round-robbin: expects one of shared, round-robin, "
                    + "least-connections, source-hash (did you mean round-robin?)",
                "web.conf:8: [Pool] Overflow=no: expects one of wait, shared",
            ])
    }

    @Test("who accepts is for the file to say, or for Node's own variable")
    func dispatch() throws {
        let node = leastPool + "[Pool]\nProtocol=node\n"
        #expect(try load(node).dispatch == .shared)
        #expect(try load(node + "Dispatch=round-robin\n").dispatch == .roundRobin)
        let policy = "[Worker]\nEnvironment=NODE_CLUSTER_SCHED_POLICY="
        #expect(try load(node + policy + "rr\n").dispatch == .roundRobin)
        #expect(try load(node + policy + "none\n").dispatch == .shared)
        #expect(try load(node + "Dispatch=shared\n" + policy + "rr\n").dispatch == .shared)
        #expect(try load(leastPool + policy + "rr\n").dispatch == .shared)
        #expect(
            problems(leastPool + "[Pool]\nDispatch=round-robin\n") == [
                "web.conf:6: [Pool] Dispatch=round-robin passes connections through a channel; "
                    + "set Protocol=node or Protocol=martlet"
            ])
        #expect(
            problems(node + "Dispatch=least-connections\nOverflow=shared\n") == [
                "web.conf:7: [Pool] Dispatch=least-connections needs workers that say when a "
                    + "connection has ended, which Node's do not; take round-robin, or "
                    + "Protocol=martlet",
                "web.conf:8: [Pool] Overflow= is for Dispatch=source-hash alone; remove it",
            ])
    }

    @Test("the master's way of choosing is the file's")
    func dispatchPolicies() throws {
        func policy(_ lines: String) throws -> DispatchPolicy? {
            try load(leastPool + "[Pool]\nProtocol=martlet\n" + lines).dispatchPolicy
        }
        #expect(try policy("") == nil)
        #expect(try policy("Dispatch=round-robin\n") == .roundRobin)
        #expect(try policy("Dispatch=least-connections\n") == .leastConnections)
        #expect(try policy("Dispatch=source-hash\n") == .sourceHash(.wait))
        #expect(try policy("Dispatch=source-hash\nOverflow=shared\n") == .sourceHash(.shared))
    }

    @Test("Node's workers are disconnected before they get a signal")
    func nodeProtocol() throws {
        #expect(try !policy("").worker.disconnects)
        let settings = try load(
            "[Socket]\nListenStream=8000\nBacklog=64\n[Pool]\nProtocol=node\n"
                + "[Worker]\nExecStart=/bin/x\nReadyMessage=on\nShutdownMessage=1\n")
        #expect(settings.workerProtocol == .node)
        #expect(settings.workerPolicy.disconnects)
        #expect(settings.awaitsReadyMessage && settings.sendsShutdownMessage)
        #expect(settings.backlog == 64)
        #expect(try load(leastPool).backlog == nil)
    }

    @Test("messages of Node's channel need one")
    func messagesWithoutChannel() {
        #expect(
            problems(leastPool + "[Worker]\nReadyMessage=yes\nShutdownMessage=no\n") == [
                "web.conf:6: [Worker] ReadyMessage=yes is about messages of Node's channel; "
                    + "set Protocol=node in [Pool]"
            ])
        #expect(
            problems(leastPool + "[Worker]\nShutdownMessage=maybe\n") == [
                "web.conf:6: [Worker] ShutdownMessage=maybe: expects yes or no"
            ])
    }

    @Test("every value of [Pool] and [Worker] reaches the policy")
    func everyValue() throws {
        let text =
            leastPool + """
                [Pool]
                Workers=3
                Spare=1
                RolloutSurge=2
                RolloutMaxUnready=1
                RolloutSettleSec=0
                [Worker]
                Type=exec
                TimeoutStartSec=1min
                TimeoutStopSec=2s
                KillSignal=TERM
                FinalKillSignal=SIGQUIT
                WatchdogSec=5s
                WatchdogSignal=RTMIN+1
                Restart=on-failure
                RestartSec=1s
                RestartSteps=0
                RestartMaxDelaySec=1min
                RestartResetSec=1h
                StartLimitIntervalSec=30
                StartLimitBurst=9
                RuntimeMaxSec=1d
                RuntimeRandomizedExtraSec=1h
                RecycleMemory=1.5G
                SuccessExitStatus=1 TEMPFAIL SIGUSR1
                RestartPreventExitStatus=255 78
                """
        var expected = PoolPolicy(
            workers: 3, spare: 1, rolloutSurge: 2, rolloutMaxUnready: 1, rolloutSettle: .zero)
        expected.worker.readiness = .exec
        expected.worker.startTimeout = .seconds(60)
        expected.worker.stopTimeout = .seconds(2)
        expected.worker.killSignal = .terminate
        expected.worker.finalKillSignal = .quit
        expected.worker.watchdogInterval = .seconds(5)
        expected.worker.watchdogSignal = Signal(35)
        expected.worker.restart = .onFailure
        expected.worker.restartDelay = .seconds(1)
        expected.worker.restartSteps = 0
        expected.worker.restartMaxDelay = .seconds(60)
        expected.worker.restartReset = .seconds(3_600)
        expected.worker.startLimitInterval = .seconds(30)
        expected.worker.startLimitBurst = 9
        expected.worker.lifetime = .seconds(86_400)
        expected.worker.lifetimeExtra = .seconds(3_600)
        expected.worker.memoryLimit = 1_536 << 20
        expected.worker.successExitStatus = ExitStatusSet(codes: [1, 75], signals: [.user1])
        expected.worker.restartPreventExitStatus = ExitStatusSet(codes: [78, 255])
        #expect(try load(text).policy(availableProcessors: 8) == expected)
    }

    @Test("zero and infinity mean no timeout and no watchdog", arguments: ["0", "infinity"])
    func noTimeout(text: String) throws {
        let lines = ["TimeoutStartSec", "TimeoutStopSec", "WatchdogSec"].map { "\($0)=\(text)" }
        let worker = try policy(lines.joined(separator: "\n")).worker
        #expect(worker.startTimeout == nil)
        #expect(worker.stopTimeout == nil)
        #expect(worker.watchdogInterval == nil)
    }

    @Test(
        "a size is a number with a suffix",
        arguments: [
            ("1M", UInt64(1) << 20), ("1048576", 1 << 20), ("512M", 512 << 20),
            ("1.5G", 1_536 << 20), ("0.25T", 256 << 30), ("2097152B", 2 << 20),
            ("1.000001M", 1_048_577),
        ])
    func size(text: String, bytes: UInt64) throws {
        #expect(try policy("RecycleMemory=\(text)").worker.memoryLimit == bytes)
    }

    @Test("infinity is no size, and resets one")
    func noSize() throws {
        let lines = "RecycleMemory=512M\nRecycleMemory=infinity"
        #expect(try policy(lines).worker.memoryLimit == nil)
        #expect(try policy("RecycleMemory=512M\nRecycleMemory=").worker.memoryLimit == nil)
    }

    @Test(
        "a size that can't be is refused",
        arguments: [
            ("0", "expects a size of at least 1M"), ("1023K", "expects a size of at least 1M"),
            ("-1M", "expects a size such as 512M or 1.5G"),
            ("512MB", "expects a size such as 512M or 1.5G"),
            ("512 M", "expects a size such as 512M or 1.5G"),
            ("1.M", "expects a size such as 512M or 1.5G"),
            ("1.1234567M", "expects a size such as 512M or 1.5G"),
            ("50%", "expects a size such as 512M or 1.5G"),
            ("9000000P", "is too large; \"infinity\" means no limit"),
            ("99999999999999999999", "is too large; \"infinity\" means no limit"),
        ])
    func badSize(text: String, reason: String) {
        #expect(
            problems(leastPool + "[Worker]\nRecycleMemory=\(text)\n") == [
                "web.conf:6: [Worker] RecycleMemory=\(text): \(reason)"
            ])
    }

    @Test("a rollout that could replace nobody is refused, with its line")
    func noRollout() throws {
        #expect(
            problems(leastPool + "[Pool]\nRolloutSurge=0\n") == [
                "web.conf:6: [Pool] RolloutSurge=0 starts nobody beside the old workers, and "
                    + "RolloutMaxUnready=0 lets none of them go first; set one of them to at least 1"
            ])
        _ = try load(leastPool + "[Pool]\nRolloutSurge=0\nRolloutMaxUnready=1\n")
    }

    @Test("workers and spare ones together are at most 1024")
    func tooManySpare() throws {
        #expect(
            problems(leastPool + "[Pool]\nWorkers=1000\nSpare=25\n") == [
                "web.conf:7: [Pool] Workers=1000 and Spare=25 are more than 1024"
            ])
        let settings = try load(leastPool + "[Pool]\nSpare=1000\n")
        #expect(settings.policy(availableProcessors: 64).workers == 24)
    }

    @Test("TimeoutSec= sets both timeouts, and later lines win")
    func timeoutSec() throws {
        let worker = try policy("TimeoutStopSec=1\nTimeoutSec=7s\nTimeoutStartSec=8s").worker
        #expect(worker.startTimeout == .seconds(8))
        #expect(worker.stopTimeout == .seconds(7))
    }

    @Test("TimeoutSec= without a value resets both timeouts")
    func timeoutSecReset() throws {
        #expect(try policy("TimeoutSec=7\nTimeoutSec=") == policy(""))
    }

    @Test("the last line wins, and an empty one resets to the default")
    func lastWins() throws {
        #expect(try policy("KillSignal=TERM\nKillSignal=HUP").worker.killSignal == .hangup)
        for directive in Directive.all where directive.name != "ExecStart" {
            let section = directive.section.rawValue
            let value = Self.sample(of: directive)
            let text = "\(directive.name)=\(value)\n\(directive.name)=\n"
            #expect(try policy(text, section: section) == policy("", section: section))
            let settings = try load(leastPool + "[\(section)]\n" + text)
            #expect(settings.origin(of: directive) == .builtIn)
            #expect(settings.environment.isEmpty)
            #expect(settings.workingDirectory == nil)
        }
    }

    /// A value that is not the default.
    private static func sample(of directive: Directive) -> String {
        switch directive.kind {
        case .workerCount: "3"
        case .count: "7"
        case .timeSpan, .timeout, .bothTimeouts: "29s"
        case .byteSize: "29M"
        case .signal: "SIGUSR2"
        case .word(let place): place.words.last ?? ""
        case .boolean: "yes"
        case .exitStatuses: "42"
        case .command: "/bin/x"
        case .workingDirectory: "/srv"
        case .environment: "A=1"
        case .environmentFiles: "/missing"
        }
    }

    @Test("lists of exit statuses add up until an empty line")
    func exitStatuses() throws {
        let worker = try policy(
            "SuccessExitStatus=3 1\nSuccessExitStatus=1 SIGKILL 2\nRestartPreventExitStatus=5\nRestartPreventExitStatus=\nRestartPreventExitStatus=6"
        ).worker
        #expect(worker.successExitStatus == ExitStatusSet(codes: [1, 2, 3], signals: [.kill]))
        #expect(worker.restartPreventExitStatus == ExitStatusSet(codes: [6]))
    }

    @Test("an interval of zero is no start limit, as in systemd")
    func noStartLimit() throws {
        #expect(try policy("StartLimitIntervalSec=0").worker.startLimitBurst == 0)
    }

    @Test(
        "a value out of range is refused with what is expected",
        arguments: [
            ("RestartSteps=-1", "expects a number from 0 to 1000"),
            ("StartLimitBurst=10001", "expects a number from 0 to 10000"),
            ("RestartSec=infinity", "expects a time span that ends"),
            ("RestartMaxDelaySec=infinity", "expects a time span that ends"),
            ("RestartSec=fast", "expects a time span such as 10s, 1min 30s or 500ms"),
            ("TimeoutSec=3 parsecs", "has no time unit \"parsecs\" (us, ms, s, min, h, d, w)"),
            ("KillSignal=SIGTREM", "no such signal (did you mean SIGTERM?)"),
            ("KillSignal=0", "no such signal"), ("KillSignal=65", "no such signal"),
            ("KillSignal=term", "no such signal (did you mean SIGTERM?)"),
            ("Type=simple", "expects one of notify, exec"),
            ("Type=notfy", "expects one of notify, exec (did you mean notify?)"),
            (
                "Restart=onfailure",
                "expects one of no, always, on-success, on-failure, on-abnormal, on-abort, "
                    + "on-watchdog (did you mean on-failure?)"
            ),
            ("SuccessExitStatus=256", "an exit status is at most 255"),
            (
                "SuccessExitStatus=1 TEMPFALL",
                "\"TEMPFALL\" is no exit status or signal (did you mean TEMPFAIL?)"
            ),
            ("SuccessExitStatus=-1", "\"-1\" is no exit status or signal"),
            ("WorkingDirectory=~", "\"~\" is not supported: write the whole path"),
            ("WorkingDirectory=srv", "expects an absolute path"),
            (
                "WorkingDirectory=/srv/%x",
                "unknown specifier \"%x\": %i is the pool, %w the slot, %g the generation, %% a percent sign"
            ),
            ("KillSignal=SIGTERM # gently", "no such signal (a comment needs a line of its own)"),
            (
                "RestartSec=5s ; slow",
                "expects a time span such as 10s, 1min 30s or 500ms (a comment needs a line of its own)"
            ),
        ])
    func refusals(line: String, reason: String) {
        #expect(problems(worker: line) == ["web.conf:5: [Worker] \(line): \(reason)"])
    }

    @Test("a working directory has specifiers and may be optional")
    func workingDirectory() throws {
        let directory = try #require(
            try load(worker: "WorkingDirectory=-/srv/%i/%w").workingDirectory)
        #expect(directory.isOptional)
        #expect(directory.path.expand(slot: 3, generation: 1) == "/srv/web/3")
    }

    @Test("a longest delay below the first is refused where it was set, or else gives way")
    func restartDelays() throws {
        let patient = try load(worker: "RestartSec=1min").workerPolicy
        #expect(patient.restartDelay == .seconds(60))
        #expect(patient.restartMaxDelay == .seconds(60))
        #expect(
            problems(worker: "RestartSec=5\nRestartMaxDelaySec=1") == [
                "web.conf:6: [Worker] RestartMaxDelaySec=1s (/etc/martlet/web.conf:6) is shorter than "
                    + "RestartSec=5s (/etc/martlet/web.conf:5)"
            ])
        #expect(problems(worker: "RestartSec=30s").isEmpty)
    }

    @Test("a second command needs a reset, which then needs a command")
    func commands() throws {
        #expect(
            problems(worker: "ExecStart=/b") == [
                "web.conf:5: [Worker] ExecStart=/b: a worker runs one command, and "
                    + "/etc/martlet/web.conf:4 names one already; a line \"ExecStart=\" before this "
                    + "one resets it"
            ])
        #expect(try load(worker: "ExecStart=\nExecStart=/b").command.written == "/b")
        #expect(
            problems(worker: "ExecStart=") == [
                "web.conf: [Worker] ExecStart= is missing: the command each worker runs"
            ])
    }
}
