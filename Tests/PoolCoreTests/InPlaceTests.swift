// RolloutMaxUnready=: slots that are emptied before their new worker is started.

import PoolCore
import Testing

@Suite struct InPlaceTests {
    private func policy(workers: Int, surge: Int = 0, maxUnready: Int = 1) -> PoolPolicy {
        var policy = PoolPolicy.test(workers: workers, surge: surge)
        policy.rolloutMaxUnready = maxUnready
        return policy
    }

    @Test func theOldWorkerIsGoneBeforeTheNewOneIsStarted() {
        var stage = Stage.serving(policy(workers: 2))
        stage.reload(1, to: policy(workers: 2))
        stage.expect("RELOADING=1", "read configuration 2", "SIGINT 0.1")
        stage.expectStatus("gen 2: 0/2 ready, 1 draining; 1 of gen 1 serves")
        stage.exits(WorkerID(slot: 0, incarnation: 1))
        stage.expect("forget 0.1", "launch 0.3 gen 2")
        stage.rise(0)
        stage.expect("SIGINT 1.2")
        stage.exits(WorkerID(slot: 1, incarnation: 2))
        stage.rise(1)
        stage.expect(
            "forget 1.2", "launch 1.4 gen 2", "READY=1", "answer 1: replaced by gen 2",
            "release gen 1")
    }

    @Test func atMostSoManySlotsAreUnreadyAtOnce() {
        var stage = Stage.serving(policy(workers: 4, maxUnready: 2))
        stage.reload(1, to: policy(workers: 4, maxUnready: 2))
        stage.expect("RELOADING=1", "read configuration 2", "SIGINT 0.1", "SIGINT 1.2")
        #expect(stage.pool.readySlots == 2)
    }

    @Test func aWorkerThatIsMissingAnywayCounts() {
        var stage = Stage.serving(policy(workers: 3))
        stage.exits(2)
        stage.reload(1, to: policy(workers: 3))
        stage.skip()
        // Slot 2 is empty: it comes first, and nobody else may be missing meanwhile.
        #expect(stage.pool.readySlots == 2)
        #expect(stage.pool.rollout?.waiting == [0, 1])
    }

    @Test func withASurgeSomeRiseBesideAndSomeInPlace() {
        var stage = Stage.serving(policy(workers: 3, surge: 1))
        stage.reload(1, to: policy(workers: 3, surge: 1))
        stage.expect(
            "RELOADING=1", "read configuration 2", "SIGINT 1.2", "launch 0.4 gen 2")
    }

    @Test func whatFailsInPlaceGoesBackToTheOldGeneration() {
        var stage = Stage.serving(policy(workers: 2))
        stage.reload(1, to: policy(workers: 2))
        stage.exits(WorkerID(slot: 0, incarnation: 1))
        stage.skip()
        stage.exits(0)
        stage.expect("forget 0.3", "launch 0.4 gen 1")
        stage.rise(0)
        stage.expect("READY=1", "answer 1: refused, worker 0 exited with status 1", "release gen 2")
    }

    @Test func aSlotThatIsBeingEmptiedWaitsForTimeoutStopSec() {
        var stage = Stage.serving(policy(workers: 1))
        stage.reload(1, to: policy(workers: 1))
        stage.skip()
        stage.after(.seconds(10))
        stage.expect("kill 0.1")
        stage.exits(WorkerID(slot: 0, incarnation: 1), .signaled(.kill, coreDumped: false))
        stage.expect("forget 0.1", "launch 0.2 gen 2")
    }

    @Test func aPoolOfOneMayBeEmptyMeanwhile() {
        var stage = Stage.serving(policy(workers: 1))
        stage.reload(1, to: policy(workers: 1))
        #expect(stage.pool.readySlots == 0)
        stage.exits(WorkerID(slot: 0, incarnation: 1))
        stage.rise(0)
        #expect(stage.pool.readySlots == 1)
        #expect(stage.pool.settled == 2)
    }

    @Test func goingBackStartsTheOldWorkerBesideTheNewOne() {
        var stage = Stage.serving(policy(workers: 2))
        stage.reload(1, to: policy(workers: 2))
        stage.exits(WorkerID(slot: 0, incarnation: 1))
        stage.rise(0)
        stage.skip()
        stage.tell(.abortRequested(2))
        // Slot 1 was being emptied and has nobody; slot 0 has its newer worker until the old is back.
        stage.expect("answer 2: done", "launch 0.4 gen 1", "launch 1.5 gen 1")
    }
}
