import PoolWire
import Testing

@testable import martletctl

private func worker(
    _ slot: Int, _ generation: Int, _ state: String = "ready", role: String? = "incumbent",
    uptime: Double? = 3, nextStart: Double? = nil, pid: Int32? = 7
) -> WorkerReport {
    WorkerReport(
        slot: slot, generation: generation, state: state, role: role, pid: pid,
        uptimeSeconds: uptime, nextStartSeconds: nextStart, restarts: 0, lastReason: "")
}

private func report(
    _ workers: [WorkerReport], wanted: Int = 2, spare: Int? = nil, isRolling: Bool = true,
    state: String = "reloading", agent: WorkerReport? = nil
) -> PoolReport {
    let rollout = RolloutReport(
        from: 1, to: 2, stage: "forward", replaced: 1, rising: [], waiting: [], secondsUnderWay: 1)
    return PoolReport(
        pool: "web", state: state, pid: 1, generation: 2, wanted: wanted, spare: spare,
        ready: workers.filter { $0.state == "ready" }.count, status: "gen 2: 1/2 replaced",
        rollout: isRolling ? rollout : nil, agent: agent, workers: workers, listeners: [])
}

@Suite("Lines of workers that somebody waits for")
struct WorkerLinesTests {
    private func lines(_ report: PoolReport, room: Int = 24) -> [String] {
        WorkerLines(report: report, hasColours: false).lines(room: room)
    }

    @Test("have all of one slot in one line, whoever holds it first")
    func slots() {
        let report = report(
            [
                worker(1, 2, "starting", role: "candidate"), worker(1, 1), worker(0, 2),
                worker(0, 1, "stopping", role: "leaver", uptime: 75),
                worker(2, 2, "waiting", role: nil, uptime: nil, nextStart: 2.5, pid: nil),
            ], agent: worker(-1, 2))
        #expect(
            lines(report) == [
                "web: gen 2: 1/2 replaced",
                "  agent: generation 2 ready",
                "  worker 0: generation 2 ready, generation 1 stopping for 1min 15s",
                "  worker 1: generation 1 ready, generation 2 starting for 3s",
                "  worker 2: generation 2 waiting, next start in 2.5s",
            ])
    }

    @Test("are as many as there is room for, those that move before others")
    func room() {
        var workers = (0..<100).map { worker($0, 2) }
        workers[50] = worker(50, 1)
        workers[99] = worker(99, 2, "starting")
        let shown = lines(report(workers), room: 6)
        #expect(shown.count == 6)
        #expect(
            shown.dropFirst()
                == [
                    "  worker 0: generation 2 ready", "  worker 1: generation 2 ready",
                    "  worker 50: generation 1 ready", "  worker 99: generation 2 starting for 3s",
                    "  … and 96 more",
                ].suffix(5))
        #expect(lines(report(workers), room: 101).count == 101)
        for room in 0...3 { #expect(lines(report(workers), room: room).count <= max(room, 2)) }
    }

    @Test("stay lines, whatever a server says")
    func hostile() {
        let shown = lines(
            report([worker(0, 2, "a\n\u{1b}[2J" + String(repeating: "x", count: 100))]))
        #expect(shown[1].utf8.count < 100)
        #expect(!shown.joined().unicodeScalars.contains { $0.value < 0x20 })
    }
}

@Suite("Waiting for a number of workers")
struct ScaleWaitTests {
    @Test("ends when all are ready and nobody else is left")
    func done() {
        var wait = ScaleWait(wanted: 2)
        let two = [worker(0, 2), worker(1, 2)]
        let more = two + [worker(2, 2, "stopping", role: "leaver")]
        let fewer = [worker(0, 2), worker(1, 2, "starting")]
        #expect(wait.verdict(on: report(more, state: "serving")) == .underWay)
        #expect(wait.verdict(on: report(fewer, state: "serving")) == .underWay)
        #expect(wait.verdict(on: report(two, state: "reloading")) == .underWay)
        #expect(wait.verdict(on: report(two, spare: 1, state: "serving")) == .underWay)
        #expect(wait.verdict(on: report(two, state: "serving")) == .done)
    }

    @Test("goes on while something else is to end first, and ends if somebody else wants less")
    func overruled() {
        var wait = ScaleWait(wanted: 3)
        let two = [worker(0, 2), worker(1, 2)]
        #expect(wait.verdict(on: report(two, state: "reloading")) == .underWay)
        #expect(wait.verdict(on: report(two, wanted: 3, state: "serving")) == .underWay)
        #expect(wait.verdict(on: report(two, wanted: 1, state: "serving")) == .overruled)
    }
}
