import PoolConfiguration
import Testing

@testable import martletctl

/// Files that exist in a test only.
private struct Text: ConfigurationSource {
    let text: String

    func read(_ path: String) throws(ConfigurationReadError) -> [UInt8]? {
        path == "/etc/martlet/web.conf" ? Array(text.utf8) : nil
    }

    func list(_ directory: String) throws(ConfigurationReadError) -> [String]? { nil }
}

private let good = """
    [Socket]
    ListenStream=8000
    [Pool]
    Workers=4
    [Worker]
    ExecStart=/usr/bin/node /srv/web.js

    """

private let goodService = [
    "Id": "martlet@web.service", "LoadState": "loaded", "ActiveState": "active",
    "SubState": "running", "Result": "success", "UnitFileState": "disabled",
    "NeedDaemonReload": "no", "Type": "notify", "NotifyAccess": "main", "KillMode": "process",
    "Delegate": "yes", "Restart": "on-failure", "WatchdogUSec": "10s",
    "TimeoutStartUSec": "1min 30s", "TimeoutStopUSec": "30s", "StartLimitIntervalUSec": "0",
    "LimitNOFILESoft": "65536", "MemoryMax": "infinity", "User": "martlet",
    "ExecStart": "{ path=/usr/sbin/martletd ; argv[]=/usr/sbin/martletd web ; }",
    "ExecReload": "{ path=/usr/bin/martletctl ; argv[]=/usr/bin/martletctl reload web ; }",
    "ExecStop": "{ path=/usr/libexec/martlet/before-stop ; argv[]=…/before-stop web ; }",
    "FileDescriptorStoreMax": "4096", "RuntimeDirectoryPreserve": "restart",
    "Wants": "network.target martlet-anchor@web.service", "Requires": "martlet@web.socket",
    "PrivatePIDs": "no",
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes",
    "PrivateTmp": "yes",
]

private let goodSocket = [
    "Id": "martlet@web.socket", "LoadState": "loaded", "ActiveState": "active",
    "UnitFileState": "enabled", "NeedDaemonReload": "no", "TriggerLimitIntervalUSec": "0",
    "Backlog": "4096",
]

private let goodAnchor = [
    "Id": "martlet-anchor@web.service", "LoadState": "loaded", "ActiveState": "active",
]

private let goodHost = HostFacts(
    systemdRelease: 257, longestBacklog: 4_096, memoryBytes: 8 << 30, processors: 4,
    keepsJournal: true, hasGroup: true, listeners: ["web": ["8000"], "api": ["8001"]])

private func goodFacts(_ text: String = good) throws -> PoolFacts {
    let settings = try PoolSettings.load(pool: "web", from: Text(text: text))
    return PoolFacts(
        pool: "web", configuration: .accepted(settings), service: UnitProperties(goodService),
        socket: UnitProperties(goodSocket), anchor: UnitProperties(goodAnchor),
        wantedDropIns: ["a": "b"],
        writtenDropIns: ["a": "b"], programs: [.executable(path: "/usr/bin/node")])
}

/// `check level` of each.
private func found(_ facts: PoolFacts, on host: HostFacts = goodHost) -> [String] {
    Diagnosis.of(facts, on: host).map { "\($0.check) \($0.level)" }
}

@Suite("A diagnosis of a pool")
struct DiagnosisTests {
    @Test("of one that is as it should be has nothing to say")
    func healthy() throws {
        #expect(found(try goodFacts()) == [])
        #expect(Diagnosis.of(goodHost) == [])
    }

    @Test("where systemd does not run says so, and complains of no unit")
    func withoutSystemd() throws {
        var facts = try goodFacts()
        facts.service = nil
        facts.socket = nil
        facts.writtenDropIns = nil
        let host = HostFacts(keepsJournal: nil, hasGroup: false)
        #expect(found(facts, on: host) == [])
        // It does run, but does not answer.
        #expect(found(facts) == ["units warning"])
        #expect(Diagnosis.of(host).map(\.check) == ["systemd"])
        #expect(Diagnosis.of(host).map(\.level) == [.note])
    }

    @Test(
        "notices what a drop-in has done to the service",
        arguments: [
            ("Type", "simple", "readiness error"), ("NotifyAccess", "all", "readiness warning"),
            ("NotifyAccess", "none", "readiness error"),
            ("KillMode", "mixed", "kill-mode warning"), ("KillMode", "none", "kill-mode error"),
            ("KillMode", "control-group", "kill-mode warning"),
            ("RuntimeDirectoryPreserve", "no", "runtime-directory warning"),
            ("PrivatePIDs", "yes", "private-pids warning"), ("ExecStop", "", "command warning"),
            ("Wants", "network.target", "anchor warning"),
            ("FileDescriptorStoreMax", "0", "descriptor-store warning"),
            // Four workers, and one more in a rollout.
            ("FileDescriptorStoreMax", "22", "descriptor-store warning"),
            ("NFileDescriptorStore", "0", "descriptor-store warning"),
            ("Delegate", "no", "delegation warning"), ("Restart", "no", "restart warning"),
            ("WatchdogUSec", "0", "watchdog warning"),
            ("WatchdogUSec", "infinity", "watchdog warning"),
            ("StartLimitIntervalUSec", "10s", "start-limit warning"),
            ("LimitNOFILESoft", "1024", "descriptors warning"),
            ("LimitNOFILESoft", "150", "descriptors error"),
            ("TimeoutStopUSec", "1s", "stop-timeout warning,stop-timeout note"),
            ("TimeoutStopUSec", "5s", "stop-timeout note"),
            ("TimeoutStartUSec", "500ms", "start-timeout warning"),
            ("User", "root", "privileges warning"), ("NoNewPrivileges", "no", "sandbox note"),
            ("ProtectSystem", "no", "sandbox note"), ("PrivateTmp", "no", "sandbox note"),
            ("ExecStart", "{ path=/usr/bin/node ; argv[]=node }", "command error"),
            ("ExecReload", "", "command warning"), ("NeedDaemonReload", "yes", "units-old warning"),
            ("LoadState", "not-found", "units error"), ("LoadState", "masked", "units error"),
            ("LoadState", "bad-setting", "units error"),
        ])
    func service(_ name: String, _ value: String, _ expected: String) throws {
        var facts = try goodFacts()
        facts.service?[name] = value
        #expect(found(facts).joined(separator: ",") == expected)
        #expect(Diagnosis.of(facts, on: goodHost).allSatisfy { $0.pool == "web" })
    }

    @Test("a store that just holds what all workers need is none too small")
    func store() throws {
        var facts = try goodFacts()
        facts.service?["FileDescriptorStoreMax"] = "23"
        // systemd 252 knows no PrivatePIDs=.
        facts.service?["PrivatePIDs"] = ""
        #expect(found(facts) == [])
    }

    @Test(
        "notices what became of the anchor",
        arguments: [
            ("LoadState", "masked", "unmask martlet-anchor@web.service"),
            ("LoadState", "not-found", "systemctl cat martlet@web.service"),
            ("ActiveState", "inactive", "systemctl restart martlet@web.service"),
            ("ActiveState", "failed", "systemctl restart martlet@web.service"),
        ])
    func anchor(_ name: String, _ value: String, _ fix: String) throws {
        var facts = try goodFacts()
        facts.anchor?[name] = value
        #expect(found(facts) == ["anchor warning"])
        #expect(Diagnosis.of(facts, on: goodHost)[0].fix?.hasSuffix(fix) == true)
        // It comes and goes with the service.
        facts.service?["ActiveState"] = "inactive"
        #expect(found(facts) == (name == "ActiveState" ? [] : ["anchor warning"]))
    }

    @Test(
        "notices what became of the service",
        arguments: [
            (["ActiveState": "failed", "Result": "exit-code"], "service error", "(exit-code)"),
            (
                [
                    "ActiveState": "activating", "SubState": "auto-restart",
                    "Result": "watchdog",
                ], "service error", "(watchdog)"
            ),
        ])
    func state(_ changes: [String: String], _ expected: String, _ reason: String) throws {
        var facts = try goodFacts()
        for (name, value) in changes { facts.service?[name] = value }
        #expect(found(facts) == [expected])
        #expect(Diagnosis.of(facts, on: goodHost)[0].sentence.contains(reason))
        // The next client starts it, and systemd tells of its watchdog only from then on.
        facts.service?["ActiveState"] = "inactive"
        facts.service?["SubState"] = "dead"
        facts.service?["WatchdogUSec"] = "infinity"
        #expect(found(facts) == [])
    }

    @Test(
        "notices what is wrong with the socket",
        arguments: [
            ("ActiveState", "failed", "socket error"),
            ("ActiveState", "inactive", "socket warning"),
            ("UnitFileState", "disabled", "socket-enabled warning"),
            ("TriggerLimitIntervalUSec", "2s", "start-limit warning"),
            ("Backlog", "8192", "backlog warning"),
            ("NeedDaemonReload", "yes", "units-old warning"),
            ("LoadState", "bad-setting", "units error"),
        ])
    func socket(_ name: String, _ value: String, _ expected: String) throws {
        var facts = try goodFacts()
        facts.socket?[name] = value
        #expect(found(facts) == [expected])
    }

    @Test("notices that systemd has not read what was written since")
    func generated() throws {
        var facts = try goodFacts()
        facts.wantedDropIns["a"] = "c"
        #expect(found(facts) == ["units-old warning"])
        facts.writtenDropIns = nil
        #expect(found(facts) == [])
    }

    @Test("names each problem of a file that is refused")
    func refused() throws {
        var facts = try goodFacts()
        do throws(ConfigurationRefused) {
            _ = try PoolSettings.load(pool: "web", from: Text(text: "[Pool]\nWorkers=x\n"))
            Issue.record("it was taken")
        } catch {
            facts.configuration = .refused(error.problems)
        }
        let findings = Diagnosis.of(facts, on: goodHost)
        #expect(findings.count == 3)
        #expect(findings.allSatisfy { $0.check == "configuration" && $0.level == .error })
        #expect(findings.contains { $0.sentence.hasPrefix("/etc/martlet/web.conf:2: [Pool]") })
    }

    @Test("of a pool that has no file does not ask to mend that")
    func missing() throws {
        var facts = try goodFacts()
        do throws(ConfigurationRefused) {
            _ = try PoolSettings.load(pool: "wbe", from: Text(text: good))
            Issue.record("it was taken")
        } catch {
            facts.configuration = .missing(try #require(error.problems.first))
        }
        #expect(found(facts) == ["configuration error"])
        let fix = Diagnosis.of(facts, on: goodHost).first?.fix
        #expect(fix?.contains("martletctl list") == true)
    }

    @Test("goes on past a file that belongs to no pool, and names it")
    func foreignFile() {
        var host = goodHost
        let path = "/etc/martlet/my pool.conf"
        host.problems = [ConfigurationProblem(file: path, message: "it has a blank")]
        let findings = Diagnosis.of(host)
        #expect(findings.map(\.check) == ["configuration"])
        #expect(findings.allSatisfy { $0.level == .error && $0.sentence.hasPrefix(path) })
    }

    @Test("notices that the user is missing, where that can be known")
    func user() throws {
        var facts = try goodFacts()
        for (hasUser, expected) in [(false, ["user error"]), (true, []), (nil, [])]
            as [(Bool?, [String])]
        {
            facts.hasUser = hasUser
            #expect(found(facts) == expected)
        }
    }

    @Test("reads how much memory there is")
    func memoryOfMachine() {
        let text = "MemFree:  1 kB\nMemTotal:       24689764 kB\n"
        #expect(FactFinder.memory(in: text) == 24_689_764 << 10)
        #expect(FactFinder.memory(in: "MemTotal: \(UInt64.max) kB\n") == nil)
        #expect(FactFinder.memory(in: "nonsense") == nil)
    }

    @Test(
        "looks at the program",
        arguments: [
            ProgramAccess.notFound(name: "x"), .missing(path: "/x"), .notAProgram(path: "/x"),
            .notExecutable(path: "/x"), .closed(path: "/a/x", at: "/a", user: "u"),
        ])
    func program(_ access: ProgramAccess) throws {
        var facts = try goodFacts()
        facts.programs = [access]
        #expect(found(facts) == ["program error"])
    }

    @Test(
        "notices what the sandbox hides",
        arguments: [
            ("/home/a/run", "ProtectHome", "yes", true),
            ("/home/a/run", "ProtectHome", "tmpfs", true),
            ("/home/a/run", "ProtectHome", "read-only", false),
            ("/usr/bin/node /root/a.js", "ProtectHome", "yes", true),
            ("/tmp/run", "PrivateTmp", "yes", true), ("/srv/tmp/run", "PrivateTmp", "yes", false),
        ])
    func hidden(_ command: String, _ name: String, _ value: String, _ isHidden: Bool) throws {
        let text = good.replacingCommand(by: command)
        var facts = try goodFacts(text)
        facts.service?[name] = value
        #expect(found(facts) == (isHidden ? ["program-hidden error"] : []))
    }

    @Test(
        "knows which releases of Node are tested",
        arguments: [
            ("v18.20.4", []), ("v20.19.2", []), ("v16.1.0", ["node warning"]),
            ("v24.0.0", ["node note"]), ("nonsense", []),
        ])
    func node(_ version: String, _ expected: [String]) throws {
        var facts = try goodFacts(good + "[Pool]\nProtocol=node\n")
        facts.nodeVersion = version
        #expect(found(facts) == expected)
        // Of a program that is spoken to in another way any release will do.
        var other = try goodFacts()
        other.nodeVersion = version
        #expect(found(other) == [])
    }

    @Test("compares memory that workers may have with what there is")
    func memory() throws {
        // Four, and one more in a rollout.
        var facts = try goodFacts(good + "RecycleMemory=1G\n")
        #expect(found(facts) == [])
        facts.service?["MemoryMax"] = "\(5 << 30)"
        #expect(found(facts) == [])
        facts.service?["MemoryMax"] = "\((5 << 30) - 1)"
        #expect(found(facts) == ["memory warning"])
        facts.service?["MemoryMax"] = "infinity"
        var host = goodHost
        host.memoryBytes = 4 << 30
        #expect(found(facts, on: host) == ["memory warning"])
        host.memoryBytes = nil
        #expect(found(facts, on: host) == [])
    }

    @Test(
        "compares times that workers may take with those of the unit",
        arguments: [
            ("TimeoutStopSec=30", []), ("TimeoutStopSec=31", ["stop-timeout note"]),
            ("TimeoutStopSec=infinity", ["stop-timeout warning"]),
            ("TimeoutStartSec=infinity", ["start-timeout note"]),
            ("TimeoutStartSec=10min", []),
        ])
    func times(_ line: String, _ expected: [String]) throws {
        #expect(found(try goodFacts(good + line + "\n")) == expected)
    }

    @Test("needs a descriptor less where there is a worker less")
    func descriptors() throws {
        var facts = try goodFacts()
        // 128 and ten for each of four workers and one more.
        facts.service?["LimitNOFILESoft"] = "178"
        #expect(found(facts) == ["descriptors warning"])
        facts.service?["LimitNOFILESoft"] = "177"
        #expect(found(facts) == ["descriptors error"])
        facts.service?["LimitNOFILESoft"] = "1025"
        #expect(found(facts) == [])
    }

    @Test("notices another program, and another pool, at its address")
    func addresses() throws {
        var facts = try goodFacts()
        facts.holders = ["8000": "nginx (pid 12)"]
        #expect(found(facts) == ["address-taken error"])
        facts.holders = [:]
        var host = goodHost
        host.listeners["api"] = ["127.0.0.1:8000"]
        #expect(found(facts, on: host) == ["address-shared error"])
    }

    @Test("of the machine notices what it lacks")
    func host() {
        for (change, expected) in [
            ({ $0.systemdRelease = 249 }, "systemd error"),
            ({ $0.keepsJournal = false }, "journal note"),
            ({ $0.hasGroup = false }, "group warning"), ({ $0.keepsJournal = nil }, ""),
            ({ $0.hasGroup = nil }, ""), ({ $0.systemdRelease = 252 }, ""),
        ] as [((inout HostFacts) -> Void, String)] {
            var host = goodHost
            change(&host)
            let findings = Diagnosis.of(host).map { "\($0.check) \($0.level)" }
            #expect(findings.joined() == expected)
        }
    }

    @Test("has a sentence, and for what does not work a remedy, on one line each")
    func sentences() throws {
        var facts = try goodFacts()
        facts.programs = [.missing(path: "/a\u{1b}[2J\nb")]
        facts.service?["Type"] = "simple"
        facts.socket?["ActiveState"] = "failed"
        let findings = Diagnosis.of(facts, on: goodHost)
        #expect(findings.count == 3)
        for finding in findings {
            #expect(finding.fix?.isEmpty == false)
            #expect(finding.sentence.withoutLineBreaks == finding.sentence)
        }
    }
}

extension String {
    fileprivate func replacingCommand(by command: String) -> String {
        split(separator: "\n").map {
            $0.hasPrefix("ExecStart=") ? "ExecStart=\(command)" : String($0)
        }
        .joined(separator: "\n") + "\n"
    }
}

@Suite("Findings as text")
struct DoctorTextTests {
    @Test("stand under what they are about, and are counted")
    func whole() {
        let findings = [
            Finding(pool: nil, check: "journal", level: .note, sentence: "a", fix: nil),
            Finding(pool: "web", check: "socket", level: .error, sentence: "b", fix: "do c"),
            Finding(pool: "web", check: "socket", level: .warning, sentence: "d", fix: nil),
        ]
        let text = DoctorText(findings: findings, pools: ["web", "api"], hasColours: false)
        #expect(
            text.lines == [
                "this machine:", "  note: a", "web:", "  error: b", "    fix: do c",
                "  warning: d", "api: all is well", "", "1 error, 1 warning, 1 note.",
            ])
    }
}

@Suite("Ports that somebody listens on")
struct ListeningPortsTests {
    private let ports = ListeningPorts([
        """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0
           1: 0100007F:1F41 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0
           2: nonsense
        """,
        """
           0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 99 1
           1: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 98 1
        """,
    ])

    @Test("are read as the kernel prints them, connections left out")
    func parsing() {
        #expect(
            ports.entries.map { "\($0.address) \($0.inode)" } == [
                "127.0.0.1:8000 4711", "[::]:80 99", "[::1]:81 98",
            ])
    }

    @Test(
        "are in the way of an address that can't be had beside them",
        arguments: [
            ("8000", 4_711), ("127.0.0.1:8000", 4_711), ("127.0.0.2:8000", nil),
            ("0.0.0.0:8000", 4_711), ("[::1]:8000", nil), ("127.0.0.1:8001", nil),
            ("127.0.0.1:80", 99), ("[::1]:80", 99), ("80", 99), ("81", 98), ("[::1]:81", 98),
            ("127.0.0.1:81", nil), ("/run/x", nil), ("nonsense", nil),
        ] as [(String, UInt64?)])
    func rivals(_ address: String, _ inode: UInt64?) {
        #expect(ports.rival(of: address)?.inode == inode)
    }
}
