import PoolWire
import Testing

@testable import martletctl

@Suite("The status of a pool, as text")
struct StatusTextTests {
    private static let listeners = [
        ListenerReport(
            name: "http", kind: "stream", address: "127.0.0.1:8000", asked: "*:3000"),
        ListenerReport(name: "log", kind: "datagram", address: "/run/web.log"),
    ]

    private func report(
        state: String = "serving", ready: Int = 2, status: String = "gen 4: 2/2 ready",
        lastFailure: String? = nil, rollout: RolloutReport? = nil, workers: [WorkerReport] = [],
        number: Int = 1
    ) -> PoolReport {
        PoolReport(
            pool: "web", state: state, pid: 812,
            master: MasterReport(
                pid: 812, number: number, version: "0.1.0", secondsRunning: 7_500),
            generation: 4, wanted: 2, ready: ready,
            status: status, lastFailure: lastFailure, configuration: "/etc/martlet/web.conf",
            rollout: rollout, workers: workers, listeners: Self.listeners)
    }

    @Test("has a head, the status line, the rollout, the listeners and a table in columns")
    func whole() {
        let rollout = RolloutReport(
            from: 3, to: 4, stage: "forward", paused: true, replaced: 1, clearing: [6, 7],
            rising: [1], waiting: [5, 2, 3, 4, 9], secondsUnderWay: 75)
        let workers = [
            WorkerReport(
                slot: 0, incarnation: 9, generation: 4, state: "ready", role: "incumbent",
                pid: 4_194_303, uptimeSeconds: 9.96, restarts: 3, lastReason: "ready",
                statusText: "12 open", memoryBytes: 50_540_000),
            WorkerReport(
                slot: 1, incarnation: 5, generation: 3, state: "ending", role: "leaver", pid: 700,
                uptimeSeconds: 93_784, restarts: 0, lastReason: "replaced", memoryBytes: 1 << 30),
            WorkerReport(
                slot: 1, generation: 3, state: "waiting", nextStartSeconds: 2.5, restarts: 12,
                lastReason: "exited with status 1",
                delay: "3rd end in a row in 8 s, next start in 2.5 s"),
        ]
        let text = StatusText(
            report(ready: 3, rollout: rollout, workers: workers), hasColours: false)
        #expect(
            text.lines == [
                "web: serving, 2/2 ready, generation 4, master 812, /etc/martlet/web.conf",
                "  gen 4: 2/2 ready",
                "  master of version 0.1.0, for 2h 5min",
                "  rolling out generation 4 in place of 3, paused, 1 replaced, "
                    + "being emptied: slots 6-7, rising: slot 1, waiting: slots 2-5, 9, for 1min 15s",
                "  listens on 127.0.0.1:8000 (http), for *:3000",
                "  receives on /run/web.log (log)",
                "",
                "  SLOT  GEN  STATE                PID  UPTIME  RESTARTS  MEMORY  LAST",
                "     0    4  ready            4194303    9.9s         3   48.1M  ready; it says: 12 open",
                "     1    3  ending (leaver)      700   1d 2h         0    1.0G  replaced",
                "     1    3  waiting (2.5s)         -       -        12       -  exited with status 1; "
                    + "3rd end in a row in 8 s, next start in 2.5 s",
            ])
    }

    @Test("tells how many masters there have been since the pool was started")
    func masters() {
        #expect(
            StatusText(report(number: 3), hasColours: false).lines[2]
                == "  master of version 0.1.0, for 2h 5min, number 3 since the pool was started")
    }

    @Test("shows the agent first, and requests where somebody counts them")
    func agentAndRequests() {
        let report = PoolReport(
            pool: "web", state: "serving", pid: 812, generation: 1, wanted: 2, ready: 2,
            status: "gen 1: 2/2 ready",
            agent: WorkerReport(
                slot: -1, generation: 1, state: "ready", role: "incumbent", pid: 9, restarts: 1,
                lastReason: "started"),
            workers: [
                WorkerReport(
                    slot: 0, generation: 1, state: "ready", role: "incumbent", pid: 10,
                    restarts: 0, lastReason: "started", requests: 1_200, requestsUnderWay: 3),
                WorkerReport(
                    slot: 1, generation: 1, state: "ready", role: "incumbent", pid: 11,
                    restarts: 0, lastReason: "started", requests: 7, requestsUnderWay: 0),
            ],
            listeners: [])
        #expect(
            StatusText(report, hasColours: false).lines.suffix(4) == [
                "   SLOT  GEN  STATE  PID  UPTIME  RESTARTS  MEMORY  REQUESTS  LAST",
                "  agent    1  ready    9       -         1       -         -  started",
                "      0    1  ready   10       -         0       -  1200 + 3  started",
                "      1    1  ready   11       -         0       -         7  started",
            ])
    }

    @Test("names a failure once, though the status line may name it, too")
    func failure() {
        let failure = "reload to gen 5 failed: worker 0 exited with status 3"
        let said = StatusText(
            report(status: "gen 4: 2/2 ready; \(failure)", lastFailure: failure), hasColours: false)
        #expect(said.lines.filter { $0.contains(failure) }.count == 1)
        let unsaid = StatusText(report(lastFailure: failure), hasColours: false)
        #expect(unsaid.lines.filter { $0.contains(failure) } == ["  \(failure)"])
    }

    @Test("says where a rollout that failed goes back to")
    func rollback() {
        let rollout = RolloutReport(
            from: 4, to: 5, stage: "back", replaced: 0, rising: [], waiting: [],
            secondsUnderWay: 3)
        let text = StatusText(report(rollout: rollout), hasColours: false)
        #expect(text.lines[3] == "  going back from generation 5 to 4, 0 replaced, for 3s")
    }

    @Test("lets nothing a worker says leave its line or reach the terminal as a command")
    func hostile() {
        let worker = WorkerReport(
            slot: 0, generation: 1, state: "ready\n", role: "\u{1b}[2J", restarts: 0,
            lastReason: "a\u{1b}]0;b\u{7}\n", statusText: "c\r\nd\u{9b}2J\u{202e}")
        let text = StatusText(report(workers: [worker]), hasColours: false)
        #expect(text.lines.count == 8)
        let controls = text.lines.joined().unicodeScalars.filter {
            $0.properties.generalCategory == .control || $0 == "\u{202e}"
        }
        #expect(controls.isEmpty)
    }

    @Test("has the same words under its colours")
    func colours() {
        let worker = WorkerReport(
            slot: 0, generation: 4, state: "resting", restarts: 7, lastReason: "too many starts")
        let plain = StatusText(report(ready: 1, workers: [worker]), hasColours: false).lines
        let coloured = StatusText(report(ready: 1, workers: [worker]), hasColours: true).lines
        #expect(coloured != plain)
        #expect(coloured[0].contains("\u{1b}[33mserving\u{1b}[0m"))
        #expect(coloured[7].contains("\u{1b}[31mresting\u{1b}[0m"))
        #expect(coloured.map(withoutColours) == plain)
    }

    private func withoutColours(_ line: String) -> String {
        line.split(separator: "\u{1b}", omittingEmptySubsequences: false).enumerated()
            .map { $0 == 0 ? String($1) : String($1.drop { $0 != "m" }.dropFirst()) }.joined()
    }
}

@Suite("Quantities in words")
struct QuantityTests {
    @Test(
        "are times by their two largest units",
        arguments: [
            (0, "0s"), (0.04, "0s"), (0.45, "0.4s"), (9.99, "9.9s"), (10.9, "10s"), (59.9, "59s"),
            (60, "1min"), (61, "1min 1s"), (3_599, "59min 59s"), (3_600, "1h"), (3_659, "1h"),
            (3_660, "1h 1min"), (86_399, "23h 59min"), (86_400, "1d"), (90_000, "1d 1h"),
            (34_560_000, "400d"), (-1, "-"), (.infinity, "-"), (.nan, "-"), (1e300, "-"),
        ])
    func durations(_ seconds: Double, _ words: String) {
        #expect(seconds.asDuration == words)
    }

    @Test(
        "are amounts of memory as systemctl writes them",
        arguments: [
            (0, "0B"), (1_023, "1023B"), (1_024, "1.0K"), (50_540_000, "48.1M"),
            (1_610_612_736, "1.5G"), (UInt64.max, "16384.0P"),
        ])
    func memory(_ bytes: UInt64, _ words: String) {
        #expect(bytes.asByteCount == words)
    }
}

@Suite("A report from a server that is no master, as text")
struct HostileReportTests {
    private func lines(rising: [Int] = [], workers: [WorkerReport] = []) -> [String] {
        let rollout = RolloutReport(
            from: 1, to: 2, stage: "forward", replaced: 0, rising: rising, waiting: [],
            secondsUnderWay: 0)
        let report = PoolReport(
            pool: "web", state: "reloading", pid: 1, generation: 2, wanted: 1, ready: 1,
            status: "", rollout: rollout, workers: workers, listeners: [])
        return StatusText(report, hasColours: false).lines
    }

    /// Found while the target for replies was written; `finding-slots-at-the-ends` in its corpus.
    @Test("may name slots twice, and the least and the greatest there are")
    func slots() {
        let text = lines(rising: [.min, .max, 3, .min, 2, .max, 3])
        #expect(text[2].contains("rising: slots \(Int.min), 2-3, \(Int.max), for"))
    }

    @Test("can't make every line as long as the longest: 2,000 workers, and one word of 100 KB")
    func width() {
        let long = String(repeating: "x", count: 100_000)
        let workers = (0..<2_000).map {
            WorkerReport(
                slot: $0, generation: 1, state: $0 == 7 ? long : "ready", restarts: 0,
                lastReason: $0 == 8 ? long : "ready")
        }
        let size = lines(workers: workers).reduce(0) { $0 + $1.utf8.count }
        #expect(size < 500_000)
    }
}
