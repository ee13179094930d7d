// The directives of [Worker]: values and refusals.

import PoolCore
import Testing

@testable import PoolConfiguration

@Suite struct WorkerDirectiveTests {
    private func policy(_ lines: String) throws -> WorkerPolicy {
        try load(worker: lines).worker.policy
    }

    @Test("Node's workers are disconnected before they get a signal")
    func nodeProtocol() throws {
        #expect(try !policy("").disconnects)
        let settings = try load(
            "[Socket]\nListenStream=8000\nBacklog=64\n[Pool]\nProtocol=node\n"
                + "[Worker]\nExecStart=/bin/x\nReadyMessage=on\nShutdownMessage=1\n")
        #expect(settings.workerProtocol == .node)
        #expect(settings.worker.policy.disconnects)
        #expect(settings.worker.awaitsReadyMessage && settings.worker.sendsShutdownMessage)
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

    @Test("zero and infinity mean no timeout and no watchdog", arguments: ["0", "infinity"])
    func noTimeout(text: String) throws {
        let lines = ["TimeoutStartSec", "TimeoutStopSec", "WatchdogSec"].map { "\($0)=\(text)" }
        let rules = try policy(lines.joined(separator: "\n"))
        #expect(rules.startTimeout == nil)
        #expect(rules.stopTimeout == nil)
        #expect(rules.watchdogInterval == nil)
    }

    @Test(
        "a size is a number with a suffix",
        arguments: [
            ("1M", UInt64(1) << 20), ("1048576", 1 << 20), ("512M", 512 << 20),
            ("1.5G", 1_536 << 20), ("0.25T", 256 << 30), ("2097152B", 2 << 20),
            ("1.000001M", 1_048_577),
        ])
    func size(text: String, bytes: UInt64) throws {
        #expect(try policy("RecycleMemory=\(text)").memoryLimit == bytes)
    }

    @Test("infinity is no size, and resets one")
    func noSize() throws {
        let lines = "RecycleMemory=512M\nRecycleMemory=infinity"
        #expect(try policy(lines).memoryLimit == nil)
        #expect(try policy("RecycleMemory=512M\nRecycleMemory=").memoryLimit == nil)
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

    @Test("TimeoutSec= sets both timeouts, and later lines win")
    func timeoutSec() throws {
        let rules = try policy("TimeoutStopSec=1\nTimeoutSec=7s\nTimeoutStartSec=8s")
        #expect(rules.startTimeout == .seconds(8))
        #expect(rules.stopTimeout == .seconds(7))
    }

    @Test("TimeoutSec= without a value resets both timeouts")
    func timeoutSecReset() throws {
        #expect(try policy("TimeoutSec=7\nTimeoutSec=") == policy(""))
    }

    @Test("lists of exit statuses add up until an empty line")
    func exitStatuses() throws {
        let rules = try policy(
            "SuccessExitStatus=3 1\nSuccessExitStatus=1 SIGKILL 2\nRestartPreventExitStatus=5\nRestartPreventExitStatus=\nRestartPreventExitStatus=6"
        )
        #expect(rules.successExitStatus == ExitStatusSet(codes: [1, 2, 3], signals: [.kill]))
        #expect(rules.restartPreventExitStatus == ExitStatusSet(codes: [6]))
    }

    @Test("an interval of zero is no start limit, as in systemd")
    func noStartLimit() throws {
        #expect(try policy("StartLimitIntervalSec=0").startLimitBurst == 0)
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
            try load(worker: "WorkingDirectory=-/srv/%i/%w").worker.workingDirectory)
        #expect(directory.isOptional)
        #expect(directory.path.expand(post: .slot(3), generation: 1) == "/srv/web/3")
    }

    @Test("a longest delay below the first is refused where it was set, or else gives way")
    func restartDelays() throws {
        let patient = try load(worker: "RestartSec=1min").worker.policy
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
        #expect(try load(worker: "ExecStart=\nExecStart=/b").worker.command.written == "/b")
        #expect(
            problems(worker: "ExecStart=") == [
                "web.conf: [Worker] ExecStart= is missing: the command each worker runs"
            ])
    }
}
