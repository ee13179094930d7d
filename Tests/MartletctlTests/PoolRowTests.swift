import PoolWire
import Testing

@testable import martletctl

@Suite("A pool in the list")
struct PoolRowTests {
    private let accepted = PoolFindings.Configuration.accepted(
        file: "/etc/martlet/web.conf", listeners: ["8000"])

    private func report(_ state: String = "serving", ready: Int = 2) -> PoolReport {
        PoolReport(
            pool: "web", state: state, pid: 812, generation: 4, wanted: 2, ready: ready,
            status: "gen 4: \(ready)/2 ready", configuration: "/etc/martlet/web.conf",
            workers: [],
            listeners: [ListenerReport(name: "web", kind: "stream", address: "[::]:8000")])
    }

    private func silent(
        service: [String: String]?, socket: [String: String]?,
        failure: Failure = .notRunning("web")
    ) -> PoolRow {
        PoolFindings(
            pool: "web", configuration: accepted, failure: failure,
            service: service.map(UnitProperties.init), socket: socket.map(UnitProperties.init)
        ).row
    }

    @Test("that runs is as its master says")
    func running() {
        let findings = PoolFindings(
            pool: "web", configuration: accepted, report: report(), uptimeSeconds: 75)
        #expect(
            findings.row
                == PoolRow(
                    pool: "web", state: "serving", ready: 2, wanted: 2, generation: 4, pid: 812,
                    uptimeSeconds: 75, listeners: ["[::]:8000"],
                    configuration: "/etc/martlet/web.conf", note: nil))
    }

    @Test("tells what is under way, or why the last reload failed")
    func notes() {
        var findings = PoolFindings(
            pool: "web", configuration: accepted, report: report("starting", ready: 0))
        #expect(findings.row.note == "gen 4: 0/2 ready")
        findings.report = PoolReport(
            pool: "web", state: "serving", pid: 812, generation: 4, wanted: 2, ready: 2,
            status: "", lastFailure: "reload to gen 5 failed", workers: [], listeners: [])
        #expect(findings.row.note == "reload to gen 5 failed")
    }

    @Test(
        "that does not run says what systemd makes of it",
        arguments: [
            (["ActiveState": "inactive"], ["ActiveState": "active"], "listening"),
            (["ActiveState": "inactive"], ["ActiveState": "inactive"], "stopped"),
            (["ActiveState": "inactive"], ["ActiveState": "failed"], "stopped"),
            (["ActiveState": "failed", "Result": "exit-code"], [:], "failed"),
            (["ActiveState": "activating", "SubState": "start"], [:], "starting"),
            (["ActiveState": "activating", "SubState": "auto-restart"], [:], "restarting"),
            (["ActiveState": "deactivating"], [:], "stopping"),
        ])
    func states(_ service: [String: String], _ socket: [String: String], _ state: String) {
        let row = silent(service: service, socket: socket)
        #expect(row.state == state)
        #expect(row.listeners == ["8000"])
        #expect(row.note?.isEmpty == false)
        #expect(row.note?.hasPrefix("web: ") == false)
    }

    @Test("that may not be asked is running for those who can see so much")
    func forbidden() {
        let row = silent(
            service: ["ActiveState": "active"], socket: nil, failure: .noPermission("web"))
        #expect(row.state == "running")
        #expect(row.note?.contains("sudo") == true)
        let unseen = silent(service: nil, socket: nil, failure: .noPermission("web"))
        #expect(unseen.state == "unknown")
    }

    @Test("says what is wrong with its file before anything else")
    func refused() {
        let findings = PoolFindings(
            pool: "web", configuration: .refused("web.conf:3: no"), report: report())
        #expect(findings.row.note == "web.conf:3: no")
    }

    @Test("has JSON with the members that are there, on one line")
    func json() {
        let row = silent(service: ["ActiveState": "inactive"], socket: nil)
        #expect(!row.jsonText.contains("\n"))
        #expect(row.jsonText.contains("\"state\":\"stopped\""))
        #expect(!row.jsonText.contains("generation"))
        #expect([row.jsonText, row.jsonText].asJSONArray.hasPrefix("[{"))
        #expect([String]().asJSONArray == "[]")
    }
}

@Suite("The list of pools, as text")
struct PoolTableTests {
    private func row(
        _ pool: String, _ state: String, ready: Int? = nil, note: String? = nil
    ) -> PoolRow {
        PoolRow(
            pool: pool, state: state, ready: ready, wanted: ready.map { _ in 12 },
            generation: ready.map { _ in 3 }, pid: nil, uptimeSeconds: ready.map { _ in 75 },
            listeners: ready == nil ? [] : ["127.0.0.1:8000", "/run/x"], configuration: nil,
            note: note)
    }

    @Test("has columns, and a legend at the end")
    func whole() {
        let table = PoolTable(rows: [
            row("api", "stopped", note: "a\u{1b}[2Jb"), row("web-of-all", "serving", ready: 8),
        ])
        #expect(
            table.lines(hasLegend: true, hasColours: false) == [
                "POOL        STATE    READY  GEN    UPTIME  LISTENS ON              NOTE",
                "api         stopped      -    -         -  -                       a[2Jb",
                "web-of-all  serving   8/12    3  1min 15s  127.0.0.1:8000, /run/x",
                "", "2 pools listed, 1 serving.",
            ])
        let bare = table.lines(hasLegend: false, hasColours: false)
        #expect(bare.count == 2)
        #expect(!bare.joined().contains("POOL"))
    }
}
