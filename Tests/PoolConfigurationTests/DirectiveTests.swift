// The table of directives, and those of [Pool]: defaults, values, refusals.

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
        let defaults = Directive.all.filter { $0.section != .agent }.map {
            "\($0.name)=\($0.defaultText)"
        }
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
        let names = Directive.names(in: .pool) + Directive.names(in: .worker)
        #expect(Set(names).count == names.count)
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

    @Test("the last line wins, and an empty one resets to the default")
    func lastWins() throws {
        #expect(try policy("KillSignal=TERM\nKillSignal=HUP").worker.killSignal == .hangup)
        for directive in Directive.all
        where directive.section != .agent && directive.name != "ExecStart" {
            let section = directive.section.rawValue
            let value = directive.sample
            let text = "\(directive.name)=\(value)\n\(directive.name)=\n"
            #expect(try policy(text, section: section) == policy("", section: section))
            let settings = try load(leastPool + "[\(section)]\n" + text)
            #expect(settings.origin(of: directive) == .builtIn)
            #expect(settings.worker.environment.isEmpty)
            #expect(settings.worker.workingDirectory == nil)
        }
    }
}
