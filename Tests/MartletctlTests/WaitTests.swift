// How it ended, by what another master tells of the pool.

import PoolWire
import Testing

@testable import martletctl

@Suite("What is waited for, under another master")
struct WaitTests {
    private func worker(
        _ slot: Int, _ incarnation: UInt64?, state: String = "ready", role: String? = "incumbent"
    ) -> WorkerReport {
        WorkerReport(
            slot: slot, incarnation: incarnation, generation: 1, state: state, role: role,
            restarts: 0, lastReason: "")
    }

    private func report(
        generation: Int = 1, state: String = "serving", lastFailure: String? = nil,
        isRolling: Bool = false, agent: WorkerReport? = nil, workers: [WorkerReport] = []
    ) -> PoolReport {
        let rollout = RolloutReport(
            from: 1, to: 2, stage: "back", replaced: 0, rising: [], waiting: [], secondsUnderWay: 1)
        return PoolReport(
            pool: "web", state: state, pid: 1, generation: generation, wanted: 2, ready: 2,
            status: "", lastFailure: lastFailure, rollout: isRolling ? rollout : nil, agent: agent,
            workers: workers, listeners: [])
    }

    @Test("a reload has the verdict that its master would have given")
    func reload() {
        let wait = ReloadWait(before: report(lastFailure: "long ago"))
        #expect(wait.verdict(on: report(isRolling: true)) == .underWay)
        #expect(wait.verdict(on: report(generation: 2, isRolling: true)) == .underWay)
        #expect(wait.verdict(on: report(generation: 2, state: "starting")) == .underWay)
        #expect(wait.verdict(on: report(generation: 2)) == .done)
        #expect(wait.verdict(on: report(lastFailure: "now")) == .failed("now"))
        #expect(wait.verdict(on: report(lastFailure: "long ago")) == .lost)
        #expect(wait.verdict(on: report()) == .lost)
    }

    @Test("a restart is done when others hold the slots, and stalled when nothing moves for long")
    func restart() {
        let before = report(workers: [worker(0, 1), worker(1, 2)])
        var one = RestartWait(of: 1, before: before)
        #expect(one.verdict(on: before, at: 0) == .underWay)
        #expect(
            one.verdict(on: report(workers: [worker(0, 1), worker(1, 3)]), at: 1) == .done)
        var all = RestartWait(of: nil, before: before)
        let half = report(workers: [worker(0, 3), worker(1, 2)])
        #expect(all.verdict(on: half, at: 5) == .underWay)
        #expect(all.verdict(on: half, at: 4 + RestartWait.longestRest) == .underWay)
        #expect(all.verdict(on: half, at: 5 + RestartWait.longestRest) == .stalled(1))
        let rising = report(
            workers: half.workers + [worker(1, 4, state: "starting", role: "candidate")])
        #expect(all.verdict(on: rising, at: .max) == .underWay)
        let crashed = report(workers: [worker(0, 3), worker(1, nil, state: "waiting", role: nil)])
        #expect(all.verdict(on: crashed, at: .max) == .underWay)
        let leaving = report(
            workers: [worker(0, 3), worker(1, 4), worker(1, 2, state: "stopping", role: "leaver")])
        #expect(all.verdict(on: leaving, at: 0) == .done)
        // A slot that is there no more.
        #expect(all.verdict(on: report(workers: [worker(0, 3)]), at: 0) == .done)
    }

    @Test("the agent is waited for where it was meant")
    func agent() {
        let before = report(agent: worker(-1, 7), workers: [worker(0, 1)])
        var agent = RestartWait(of: -1, before: before)
        #expect(agent.verdict(on: before, at: 0) == .underWay)
        #expect(
            agent.verdict(on: report(agent: worker(-1, 8), workers: [worker(0, 1)]), at: 0)
                == .done)
        var all = RestartWait(of: nil, before: before)
        #expect(
            all.verdict(on: report(agent: worker(-1, 7), workers: [worker(0, 2)]), at: 0) == .done)
    }

    @Test("a master is another one by its number")
    func masters() {
        func report(_ number: Int?, _ incarnations: [UInt64]) -> PoolReport {
            PoolReport(
                pool: "web", state: "serving", pid: 812,
                master: number.map {
                    MasterReport(pid: 812, number: $0, version: "2\u{1b}", secondsRunning: 0)
                },
                generation: 1, wanted: 1, ready: 1, status: "",
                workers: incarnations.map { worker(0, $0) }, listeners: [])
        }
        #expect(MasterChange(from: report(2, [1]), to: report(2, [1])).sentence == nil)
        #expect(MasterChange(from: report(2, [1]), to: report(nil, [1])).sentence == nil)
        #expect(
            MasterChange(from: report(2, [1]), to: report(3, [1])).sentence?
                .hasSuffix("now; 1 worker served on") == true)
        #expect(
            MasterChange(from: report(nil, [1, 2, 3]), to: report(1, [3, 4])).sentence?
                .hasSuffix("now; 1 of 3 workers served on") == true)
        let sentence = MasterChange(from: report(1, []), to: report(2, [])).sentence
        #expect(sentence?.contains("\u{1b}") == false)
    }
}
