// EXTEND_TIMEOUT_USEC: the service manager is promised an end, and the promise is kept.

import PoolCore
import Testing

/// Every promise has five seconds more than the workers', for the master's own part of the work.
@Suite struct PromiseTests {
    @Test func aStartPromisesTheTimeoutOfItsWorkers() {
        var stage = Stage(workers: 2) { $0.startTimeout = .seconds(120) }
        stage.start()
        stage.expect("EXTEND_TIMEOUT 2 min 5 s", hearing: [.promise])
        stage.after(.seconds(60))
        stage.rise(0)
        stage.expect(hearing: [.promise])
    }

    @Test func aWorkersOwnExtensionIsPassedOn() {
        var stage = Stage { $0.startTimeout = .seconds(30) }
        stage.start()
        stage.skip()
        stage.after(.seconds(20))
        stage.says(0, .extendTimeout(.seconds(60)))
        stage.expect("EXTEND_TIMEOUT 1 min 5 s", hearing: [.promise])
        stage.says(0, .extendTimeout(.seconds(60)))
        stage.expect(hearing: [.promise])
    }

    @Test func aReplacementDuringTheStartIsPromisedItsOwnTime() {
        var stage = Stage { $0.startTimeout = .seconds(30) }
        stage.start()
        stage.after(.seconds(20))
        stage.skip()
        stage.exits(0)
        stage.expect("EXTEND_TIMEOUT 35 s", hearing: [.promise])
        stage.exits(0)
        // One second of backoff, then 30 to start.
        stage.expect("EXTEND_TIMEOUT 36 s", hearing: [.promise])
    }

    @Test func aStartWithoutALimitIsPromisedAgainWellBeforeThePromiseEnds() {
        var stage = Stage { $0.startTimeout = nil }
        stage.start()
        stage.expect("EXTEND_TIMEOUT 1 min 35 s", hearing: [.promise])
        stage.after(.milliseconds(44_999))
        stage.expect(hearing: [.promise])
        stage.after(.milliseconds(1))
        stage.expect("EXTEND_TIMEOUT 1 min 35 s", hearing: [.promise])
        stage.rise(0)
        stage.after(.seconds(1_000))
        stage.expect(hearing: [.promise])
    }

    @Test func aServingPoolPromisesNothing() {
        var stage = Stage.serving(workers: 2)
        stage.exits(0)
        stage.exits(0)
        stage.after(.seconds(1_000))
        stage.expect(hearing: [.promise])
    }

    @Test func aRolloutPromisesItsCandidatesTimeoutAndSettling() {
        var stage = Stage.serving(workers: 2)
        stage.reload()
        stage.expect(hearing: [.promise])
        stage.tell(
            .configurationRead(
                .test(workers: 2, settle: .seconds(10)) { $0.startTimeout = .seconds(60) }))
        stage.expect("EXTEND_TIMEOUT 1 min 15 s", hearing: [.promise])
        stage.after(.seconds(50))
        stage.rise(0)
        stage.expect(hearing: [.promise])
        stage.after(.seconds(10))
        // The next slot's turn.
        stage.expect("EXTEND_TIMEOUT 1 min 15 s", hearing: [.promise])
    }

    @Test func settlingThatOutlastsThePromiseIsPromised() {
        var stage = Stage.serving()
        stage.reload(to: .test(settle: .seconds(600)) { $0.startTimeout = nil })
        stage.rise(0)
        stage.expect("EXTEND_TIMEOUT 11 min 35 s", hearing: [.promise])
        stage.after(.seconds(599))
        stage.says(0, .heartbeat)
        stage.expect(hearing: [.promise])
    }

    @Test func goingBackPromisesTheTimeoutOfTheOldOnes() {
        var stage = Stage.serving(workers: 2) { $0.startTimeout = .seconds(300) }
        stage.reload(to: .test(workers: 2))
        stage.rise(0)
        stage.skip()
        stage.exits(1)
        stage.expect("EXTEND_TIMEOUT 5 min 5 s", hearing: [.promise])
    }

    @Test func goingBackPromisesTheTimeOfAnOldWorkerThatHasToBeStartedAgain() {
        var stage = Stage.serving { $0.startTimeout = .seconds(300) }
        stage.reload(1, to: .test())
        stage.exits(WorkerID(slot: 0, incarnation: 1))
        stage.skip()
        stage.exits(0)
        stage.expect(
            "forget 0.2", "launch 0.3 gen 1", "EXTEND_TIMEOUT 5 min 5 s",
            hearing: [.deed, .promise])
    }

    @Test func goingBackPromisesTheTimeThatFailedWorkersHaveToGo() {
        var stage = Stage.serving()
        stage.reload(to: .test { $0.stopTimeout = .seconds(500) })
        stage.skip()
        stage.says(0, .stopping)
        stage.expect("EXTEND_TIMEOUT 8 min 25 s", hearing: [.promise])
    }

    @Test func aStopPromisesEachRungOfTheLadder() {
        var stage = Stage.serving {
            $0.stopTimeout = .seconds(60)
            $0.finalKillSignal = .quit
        }
        stage.stop()
        stage.expect("EXTEND_TIMEOUT 1 min 5 s", hearing: [.promise])
        stage.after(.seconds(60))
        stage.expect("EXTEND_TIMEOUT 1 min 5 s", hearing: [.promise])
        stage.after(.seconds(60))
        stage.expect(hearing: [.promise])
    }

    @Test func aStopWithoutALimitIsPromisedForAsLongAsItTakes() {
        var stage = Stage.serving { $0.stopTimeout = nil }
        stage.stop()
        stage.skip()
        stage.after(.seconds(135))
        stage.expect(
            "EXTEND_TIMEOUT 1 min 35 s", "EXTEND_TIMEOUT 1 min 35 s", "EXTEND_TIMEOUT 1 min 35 s",
            hearing: [.promise])
    }

    /// Found by simulation: the slack for those without a limit left others uncovered.
    @Test func whoeverHasALimitIsCoveredBesideOneWithoutALimit() {
        var stage = Stage.serving(workers: 2) { $0.startTimeout = nil }
        stage.reload(1, to: .test(workers: 2, surge: 2) { $0.startTimeout = .seconds(30) })
        stage.rise(0)
        // Going back: 1.4 has ten seconds to leave, and its successor all the time it wants.
        stage.exits(WorkerID(slot: 1, incarnation: 2))
        stage.says(1, .trouble)
        stage.skip()
        stage.says(WorkerID(slot: 1, incarnation: 4), .extendTimeout(.seconds(120)))
        stage.expect("EXTEND_TIMEOUT 2 min 5 s", hearing: [.promise])
    }
}
