// Problems with their places: unknown and misplaced directives, golden texts, order.

import Testing

@testable import PoolConfiguration

@Suite struct PlacesTests {
    @Test("an unknown directive names the nearest one, as the manual shows")
    func golden() {
        let text = leastSocket + "[Worker]\nExecStart=/bin/x\n\n\n\n\n\n\n\nKilSignal=SIGINT\n"
        let source = MemorySource(["web.conf": text])
        let error = thrown(ConfigurationRefused.self) {
            try PoolSettings.load(file: "web.conf", from: source)
        }
        #expect(
            error?.description
                == "web.conf:12: [Worker] unknown directive \"KilSignal\" (did you mean KillSignal?)"
        )
    }

    @Test(
        "a directive in the wrong section is sent to the right one",
        arguments: [
            ("Pool", "ExecStart=/bin/x", "\"ExecStart\" belongs to [Worker]"),
            ("Worker", "Workers=4", "\"Workers\" belongs to [Pool]"),
            ("Agent", "Workers=4", "\"Workers\" belongs to [Pool]"),
            ("Agent", "User=www-data", "\"User\" belongs to [Service]"),
            ("Agent", "ListenStream=80", "\"ListenStream\" belongs to [Socket]"),
            (
                "Agent", "KilSignal=x",
                "unknown directive \"KilSignal\" (did you mean KillSignal?)"
            ),
            (
                "Agent", "Wrokers=4",
                "unknown directive \"Wrokers\" (did you mean Workers in [Pool]?)"
            ),
            ("Worker", "User=www-data", "\"User\" belongs to [Service]"),
            ("Worker", "MemoryMax=1G", "\"MemoryMax\" belongs to [Service]"),
            ("Pool", "ListenStream=80", "\"ListenStream\" belongs to [Socket]"),
            ("Pool", "Description=x", "\"Description\" belongs to [Unit]"),
            ("Service", "Workers=4", "\"Workers\" belongs to [Pool]"),
            ("Socket", "RestartResetSec=4", "\"RestartResetSec\" belongs to [Worker]"),
            ("Service", "ListenStream=80", "\"ListenStream\" belongs to [Socket]"),
            ("Unit", "Backlog=80", "\"Backlog\" belongs to [Socket]"),
            (
                "Pool", "KilSignal=x",
                "unknown directive \"KilSignal\" (did you mean KillSignal in [Worker]?)"
            ),
            ("Worker", "Xyzzy=1", "unknown directive \"Xyzzy\""),
            (
                "Worker", "killsignal=TERM",
                "unknown directive \"killsignal\" (did you mean KillSignal?)"
            ),
            (
                "Worker", "RestartSecs=1",
                "unknown directive \"RestartSecs\" (did you mean RestartSec?)"
            ),
            (
                "Worker", "TimoutStopSec=1",
                "unknown directive \"TimoutStopSec\" (did you mean TimeoutStopSec?)"
            ),
            (
                "Worker", "Envrionment=A=1",
                "unknown directive \"Envrionment\" (did you mean Environment?)"
            ),
            ("Pool", "Worker=1", "unknown directive \"Worker\" (did you mean Workers?)"),
        ])
    func misplaced(section: String, line: String, message: String) {
        #expect(
            problems(leastPool + "[\(section)]\n\(line)\n") == [
                "web.conf:6: [\(section)] \(message)"
            ])
    }

    @Test("systemd's words that mean the unit stay in [Service]")
    func sharedWords() throws {
        _ = try load(
            leastPool
                + "[Service]\nEnvironment=A=1\nRestart=always\nTimeoutStopSec=1\nUser=x\n[Socket]\nUser=y\n"
        )
    }

    @Test("an endless name is neither quoted nor compared in full")
    func endlessName() {
        let name = String(repeating: "x", count: 100_000)
        #expect(problems(worker: "\(name)=1").map(\.utf8.count).allSatisfy { $0 < 120 })
    }

    @Test("all problems of all files come in one run, ordered by file and line")
    func allAtOnce() {
        let files = [
            "/etc/martlet/web.conf.d/20-b.conf": "[Pool]\nWorkers=0\nx\n",
            "/etc/martlet/web.conf.d/10-a.conf": "[Wroker]\n[Pool]\nRolloutSurge=-1\n",
            "/env": "A=1\nB\n",
        ]
        let text =
            "[Pool]\nWorkers=none\n[Worker]\nEnvironmentFile=/env\nEnvironmentFile=/none\nFoo=1\n[Servce]\n"
        #expect(
            problems(text, and: files) == [
                "web.conf:2: [Pool] Workers=none: expects auto, a number from 1 to 1024, or -N for N fewer "
                    + "than processors",
                "web.conf:5: [Worker] EnvironmentFile=/none: no such file (\"-\" before the path makes it "
                    + "optional)",
                "web.conf:6: [Worker] unknown directive \"Foo\"",
                "web.conf:7: unknown section [Servce] (did you mean [Service]?)",
                "web.conf: [Worker] ExecStart= is missing: the command each worker runs",
                "web.conf: [Socket] a pool needs at least one of ListenStream=, ListenDatagram=, "
                    + "ListenSequentialPacket=",
                "web.conf.d/10-a.conf:1: unknown section [Wroker] (did you mean [Worker]?)",
                "web.conf.d/10-a.conf:3: [Pool] RolloutSurge=-1: expects a number from 0 to 1024",
                "web.conf.d/20-b.conf:2: [Pool] Workers=0: expects auto, a number from 1 to 1024, or -N for "
                    + "N fewer than processors",
                "web.conf.d/20-b.conf:3: [Pool] no \"=\" in \"x\"",
                "/env:2: no \"=\" in the line; expects NAME=value",
            ])
    }

    @Test("a file of nothing but problems is not read to its end")
    func tooMany() {
        let noise = String(repeating: "x\n", count: 5_000)
        let unknown = String(repeating: "Foo=1\n", count: 5_000)
        let lines = problems("[Worker]\n" + noise + unknown)
        #expect(lines.contains("web.conf:1001: too many problems, the rest is not read"))
        #expect(lines.count < 1_010)
        #expect(problems("[Worker]\n" + unknown).count < 1_010)
        #expect(problems(leastPool + "EnvironmentFile=/env\n", and: ["/env": noise]).count == 1_001)
    }

    @Test("a command that was refused is not called missing as well")
    func refusedCommand() {
        #expect(problems(leastSocket + "[Worker]\nExecStart=-/bin/x\n").count == 1)
    }

    @Test(
        "names one slip away are near, others are not",
        arguments: [
            ("KilSignal", "KillSignal"), ("KillSingal", "KillSignal"), ("KILLSIGNAL", "KillSignal"),
            ("Tipe", "Type"), ("Xype", "Type"), ("Foo", nil), ("", nil), ("T", nil),
        ] as [(String, String?)])
    func nearest(name: String, expected: String?) {
        #expect(
            nearestName(to: name, among: ["Type", "KillSignal", "FinalKillSignal"]) == expected)
    }
}
