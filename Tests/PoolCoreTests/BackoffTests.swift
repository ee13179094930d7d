// `RestartSec=`, `RestartSteps=`, `RestartMaxDelaySec=`, `RestartResetSec=`: how long a slot waits.

import PoolCore
import Testing

@Suite struct BackoffTests {
    struct Progression: Sendable, CustomTestStringConvertible {
        let delay: Duration
        let limit: Duration
        let steps: Int
        /// After the second end, the third and so on, as `service_restart_usec_next` of systemd 257
        /// computes them, but for the least of a tenth of a second.
        let milliseconds: [Int64]

        var testDescription: String { "\(delay) to \(limit) in \(steps) steps" }
    }

    static let progressions = [
        Progression(
            delay: .milliseconds(100), limit: .seconds(30), steps: 10,
            milliseconds: [
                100, 177, 313, 554, 979, 1_732, 3_064, 5_420, 9_587, 16_959, 30_000, 30_000,
            ]),
        Progression(
            delay: .seconds(1), limit: .seconds(60), steps: 6,
            milliseconds: [1_000, 1_979, 3_915, 7_746, 15_326, 30_324, 60_000, 60_000]),
        Progression(
            delay: .milliseconds(500), limit: .seconds(10), steps: 3,
            milliseconds: [500, 1_357, 3_684, 10_000, 10_000]),
        Progression(
            delay: .seconds(2), limit: .seconds(30), steps: 1,
            milliseconds: [2_000, 30_000, 30_000]),
        Progression(
            delay: .milliseconds(250), limit: .seconds(30), steps: 0,
            milliseconds: [250, 250, 250, 250, 250]),
        Progression(
            delay: .seconds(5), limit: .seconds(1), steps: 4,
            milliseconds: [5_000, 5_000, 5_000]),
        Progression(
            delay: .zero, limit: .seconds(1), steps: 4,
            milliseconds: [100, 100, 100, 178, 1_000, 1_000]),
    ]

    @Test(arguments: progressions)
    func theDelayGrowsAsSystemdsDoes(progression: Progression) {
        var policy = WorkerPolicy()
        policy.restartDelay = progression.delay
        policy.restartMaxDelay = progression.limit
        policy.restartSteps = progression.steps
        #expect(policy.delay(afterEnds: 0) == .zero)
        #expect(policy.delay(afterEnds: 1) == .zero)
        for (index, expected) in progression.milliseconds.enumerated() {
            let delay = policy.delay(afterEnds: index + 2)
            let rounded = (delay.saturatingNanoseconds + 500_000) / 1_000_000
            #expect(rounded == expected, "after end \(index + 2)")
        }
    }

    @Test func theDelayNeverExceedsItsLimitNorShrinks() {
        var policy = WorkerPolicy()
        for steps in 0...40 {
            policy.restartSteps = steps
            let delays = (1...60).map { policy.delay(afterEnds: $0) }
            #expect(zip(delays, delays.dropFirst()).allSatisfy { $0 <= $1 }, "\(steps) steps")
            #expect(delays.allSatisfy { $0 <= policy.restartMaxDelay }, "\(steps) steps")
        }
        #expect(policy.delay(afterEnds: Int.max) == policy.restartMaxDelay)
    }

    @Test func noSettingMakesABusyLoop() {
        var stage = Stage.serving {
            $0.restartDelay = .zero
            $0.restartReset = .seconds(60)
        }
        for _ in 0..<100 {
            stage.exits(0)
            stage.after(WorkerPolicy.shortestDelay)
        }
        let starts = stage.launches.map(\.time).dropFirst(2)
        #expect(starts.count == 99)
        for (first, second) in zip(starts, starts.dropFirst()) {
            #expect(second - first >= .milliseconds(100))
        }
    }

    @Test func theFirstEndIsFreeAndTheOthersWait() {
        var stage = Stage.serving {
            $0.restartDelay = .seconds(1)
            $0.restartMaxDelay = .seconds(4)
            $0.restartSteps = 2
        }
        stage.exits(0)
        stage.expect("forget 0.1", "launch 0.2 gen 1")
        stage.rise(0)
        stage.skip()
        stage.exits(0)
        stage.expect(
            "“worker 0 of generation 1 exited with status 1”", "forget 0.2",
            "“worker 0 ended 2 times in a row within 0 ms; the next start is in 1 s”",
            hearing: [.deed, .record])
        stage.expectStatus("gen 1: 0/1 ready, 1 waiting")
        stage.after(.milliseconds(999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("launch 0.3 gen 1")
        stage.exits(0)
        stage.after(.milliseconds(1_999))
        stage.expect("forget 0.3")
        stage.after(.milliseconds(1))
        stage.expect("launch 0.4 gen 1")
        stage.exits(0)
        stage.after(.milliseconds(3_999))
        stage.expect("forget 0.4")
        stage.after(.milliseconds(1))
        stage.expect("launch 0.5 gen 1")
    }

    @Test func aWorkerThatStayedUpHasAFreeEndAgain() {
        var stage = Stage.serving { $0.restartReset = .seconds(60) }
        stage.exits(0)
        stage.rise(0)
        stage.after(.seconds(60))
        stage.skip()
        stage.exits(0)
        stage.expect("forget 0.2", "launch 0.3 gen 1")
        #expect(stage.seat(0).ends == 1)
    }

    @Test func aWorkerThatFellShortOfProvingItselfDoesNot() {
        var stage = Stage.serving { $0.restartReset = .seconds(60) }
        stage.exits(0)
        stage.rise(0)
        stage.after(.milliseconds(59_999))
        stage.skip()
        stage.exits(0)
        stage.expect("forget 0.2")
        #expect(stage.seat(0).ends == 2)
    }

    @Test func theTimeBeforeItWasReadyProvesNothing() {
        var stage = Stage.serving {
            $0.restartReset = .seconds(20)
            $0.startTimeout = .seconds(100)
        }
        stage.exits(0)
        stage.launched(0)
        stage.after(.seconds(50))
        stage.says(0, .ready)
        stage.after(.seconds(19))
        stage.skip()
        stage.exits(0)
        stage.expect("forget 0.2")
    }

    @Test func eachSlotWaitsForItself() {
        var stage = Stage.serving(workers: 2)
        stage.exits(0)
        stage.rise(0)
        stage.exits(0)
        stage.skip()
        stage.exits(1)
        stage.expect("forget 1.2", "launch 1.4 gen 1")
    }

    @Test func aRolloutHoldsNothingAgainstASlot() {
        var stage = Stage.serving()
        for _ in 0..<3 {
            stage.exits(0)
            stage.after(.seconds(1))
        }
        stage.exits(0)
        stage.skip()
        stage.reload(to: .test())
        stage.expect("RELOADING=1", "read configuration 2", "launch 0.5 gen 2")
        stage.rise(0)
        #expect(stage.seat(0).ends == 0)
        stage.skip()
        stage.exits(0)
        stage.expect("forget 0.5", "launch 0.6 gen 2")
    }
}
