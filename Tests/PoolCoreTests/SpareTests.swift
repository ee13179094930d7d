// Spare=: workers beyond those wanted, so that one which is lost leaves no gap.

import PoolCore
import Testing

@Suite struct SpareTests {
    private func policy(workers: Int = 2, spare: Int = 1) -> PoolPolicy {
        var policy = PoolPolicy.test(workers: workers)
        policy.spare = spare
        return policy
    }

    @Test func thePoolIsReadyWithoutThem() {
        var stage = Stage(policy())
        stage.start()
        stage.rise(0)
        stage.rise(2)
        stage.expect("launch 0.1 gen 1", "launch 1.2 gen 1", "launch 2.3 gen 1", "READY=1")
        stage.expectStatus("gen 1: 2/2 ready, 1 starting")
        stage.rise(1)
        stage.expectStatus("gen 1: 2/2 ready, 1 spare")
    }

    @Test func oneThatIsLostLeavesAsManyAsAreWanted() {
        var stage = Stage(policy())
        stage.start()
        for slot in 0..<3 { stage.rise(slot) }
        stage.exits(0)
        stage.expectStatus("gen 1: 2/2 ready, 1 starting")
    }

    @Test func aRolloutReplacesThemToo() {
        var stage = Stage(policy())
        stage.start()
        for slot in 0..<3 { stage.rise(slot) }
        stage.reload(1, to: policy())
        for slot in 0..<3 { stage.rise(slot) }
        #expect(stage.pool.rollout == nil)
        #expect(stage.pool.serving.allSatisfy { $0.generation == 2 })
    }

    @Test func scalingLeavesTheirNumberAsItIs() {
        var stage = Stage(policy())
        stage.start()
        for slot in 0..<3 { stage.rise(slot) }
        stage.tell(.scaleRequested(.to(4)))
        #expect(stage.pool.seats.count == 5)
        stage.tell(.scaleRequested(.to(2_000)))
        #expect(stage.pool.wanted == 1_023)
        stage.tell(.scaleRequested(.to(1)))
        #expect(stage.pool.seats.count == 2)
    }
}
