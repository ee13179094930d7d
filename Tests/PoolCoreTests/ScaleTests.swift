// More workers or fewer while the pool runs.

import PoolCore
import Testing

@Suite struct ScaleTests {
    @Test func oneMoreRisesInASlotOfItsOwn() {
        var stage = Stage.serving(workers: 2)
        stage.skip()
        stage.tell(.scaleRequested(.by(1)))
        stage.expect("launch 2.3 gen 1")
        stage.rise(2)
        stage.expectStatus("gen 1: 3/3 ready")
    }

    @Test func oneFewerRetiresTheHighestSlot() {
        var stage = Stage.serving(workers: 2)
        stage.skip()
        stage.tell(.scaleRequested(.by(-1)))
        stage.expect("SIGINT 1.2")
        stage.expectStatus("gen 1: 1/1 ready, 1 draining")
    }

    @Test(arguments: [(-5, 1), (Int.min, 1), (Int.max, 1_024), (2_000, 1_024), (0, 2)])
    func theNumberStaysWithinItsRange(difference: Int, workers: Int) {
        var stage = Stage.serving(workers: 2)
        stage.tell(.scaleRequested(.by(difference)))
        #expect(stage.pool.wanted == workers)
        #expect(stage.pool.seats.count == workers)
    }

    @Test func duringARolloutItWaitsForTheEnd() {
        var stage = Stage.serving(workers: 1)
        stage.reload(to: .test(workers: 1))
        stage.tell(.scaleRequested(.by(1)))
        #expect(stage.pool.seats.count == 1)
        stage.rise(0)
        #expect(stage.pool.seats.count == 2)
        #expect(stage.seat(1).generation == 2)
    }

    @Test func duringTheStartItWaitsForReadinessAndNoLonger() {
        var stage = Stage()
        stage.start()
        stage.tell(.scaleRequested(.by(1)))
        stage.launched(0)
        stage.skip()
        stage.says(0, .ready)
        stage.expect("READY=1", "launch 1.2 gen 1")
        #expect(stage.pool.wanted == 2)
    }

    /// Found by simulation: a slot's pause ended in the turn in which the slot was closed.
    @Test func nobodyIsStartedOnlyToBeStoppedAtTheEndOfTheStart() {
        var policy = PoolPolicy.test(workers: 2)
        policy.spare = 1
        var stage = Stage(policy)
        stage.start()
        stage.rise(0)
        stage.exits(2)
        stage.exits(2)
        stage.tell(.scaleRequested(.to(1)))
        stage.stall(.seconds(1))
        stage.skip()
        stage.read([.noticed(stage.newest(1), .ready)])
        stage.expect("READY=1", hearing: [.deed, .word])
    }

    @Test func theNextReloadGoesByTheConfigurationAgain() {
        var stage = Stage.serving(workers: 1)
        stage.tell(.scaleRequested(.by(2)))
        stage.reload(to: .test(workers: 1))
        stage.rise(0)
        #expect(stage.pool.seats.count == 1)
    }
}
