// Whatever is configured, a pool whose workers die is no busy loop, and a slot that keeps dying does
// not starve the others.

import PoolCore
import Testing

@Suite struct PaceTests {
    /// No delay, no limit, and every worker counts as having proved itself.
    private static func reckless(_ rules: inout WorkerPolicy) {
        rules.restartDelay = .zero
        rules.restartReset = .zero
        rules.startLimitBurst = 0
        rules.readiness = .exec
    }

    /// Every worker dies as soon as it runs, for so long. Returns how often each slot was started.
    private func massacre(_ stage: inout Stage, for duration: Duration) -> [Slot: Int] {
        let end = stage.now + duration
        var dead: Set<WorkerID> = []
        var starts: [Slot: Int] = [:]
        while stage.now < end {
            while let next = stage.launches.first(where: { !dead.contains($0.id) }) {
                dead.insert(next.id)
                starts[next.id.slot, default: 0] += 1
                stage.launched(next.id.slot)
                stage.exits(next.id, .exited(1))
            }
            stage.after(.milliseconds(10))
        }
        return starts
    }

    @Test(arguments: [1, 10, 64])
    func tenWorkersASecondAreStartedInTheLongRun(workers: Int) {
        var stage = Stage(.test(workers: workers, rules: Self.reckless))
        stage.start()
        let starts = massacre(&stage, for: .seconds(20)).values.reduce(0, +)
        // The first start of each, a burst, and ten for each second.
        #expect(starts <= workers + max(workers, 10) + 200)
        #expect(starts >= 190)
    }

    @Test func everySlotGetsItsTurn() {
        var stage = Stage(.test(workers: 7, rules: Self.reckless))
        stage.start()
        let starts = massacre(&stage, for: .seconds(20))
        let fewest = starts.values.min() ?? 0
        let most = starts.values.max() ?? 0
        #expect(starts.count == 7)
        #expect(most - fewest <= 3)
    }

    @Test func aWorkerThatDiesAmongOthersThatKeepDyingIsReplacedWithinItsTurn() throws {
        var stage = Stage(.test(workers: 4, rules: Self.reckless))
        stage.start()
        for slot in 0..<4 { stage.launched(slot) }
        stage.after(.seconds(60))
        var dead: Set<WorkerID> = []
        // Three of four die at once, for five seconds.
        for _ in 0..<500 {
            for slot in 0..<3 where dead.insert(stage.newest(slot)).inserted {
                stage.launched(slot)
                stage.exits(slot)
            }
            stage.after(.milliseconds(10))
        }
        let before = stage.now
        stage.exits(3)
        while stage.newest(3).incarnation == 4, stage.now < before + .seconds(5) {
            for slot in 0..<3 where dead.insert(stage.newest(slot)).inserted {
                stage.launched(slot)
                stage.exits(slot)
            }
            stage.after(.milliseconds(10))
        }
        let launch = try #require(stage.launches.last { $0.id.slot == 3 })
        #expect(launch.time - before <= .milliseconds(400))
    }

    @Test func theJournalIsToldOnceUntilThePoolHasRecovered() {
        var stage = Stage(.test(workers: 4, rules: Self.reckless))
        stage.start()
        _ = massacre(&stage, for: .seconds(10))
        let told = stage.unheard.filter {
            if case .record(.restartsPaced) = $0 { return true }
            return false
        }
        #expect(told.count == 1)
        #expect(
            told.map(\.line)
                == ["“workers end faster than the pool starts new ones: 1 slot waits for a turn”"])
    }

    @Test func aPoolThatLosesAllItsWorkersOnceHasThemBackAtOnce() {
        var stage = Stage(.test(workers: 64, rules: Self.reckless))
        stage.start()
        for slot in 0..<64 { stage.launched(slot) }
        stage.after(.seconds(60))
        stage.skip()
        for slot in 0..<64 { stage.exits(slot) }
        #expect(stage.launches.count == 128)
        #expect(stage.launches.suffix(64).allSatisfy { $0.time == stage.now })
    }

    @Test func theStatusSaysWhyASlotWaitsAndForHowLong() {
        var stage = Stage.serving(workers: 3) { $0.restartDelay = .milliseconds(1_600) }
        stage.exits(2)
        stage.after(.seconds(4))
        stage.exits(2)
        stage.after(.seconds(4))
        stage.exits(2)
        let rows = stage.pool.status(at: stage.now).workers
        #expect(rows[2].delay == "3rd end in a row in 8 s, next start in 1.6 s")
        #expect(rows[2].nextStartSeconds == 1.6)
        #expect(rows[0].delay == nil)
    }
}
