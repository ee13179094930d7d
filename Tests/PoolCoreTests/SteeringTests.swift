// Holding a rollout, letting it go on, giving it up.

import PoolCore
import Testing

@Suite struct SteeringTests {
    /// Slot 0 is replaced, slot 1 rises, slot 2 waits.
    private func halfWay() -> Stage {
        var stage = Stage.serving(workers: 3)
        stage.reload(1, to: .test(workers: 3))
        stage.rise(0)
        stage.skip()
        return stage
    }

    @Test func aPausedRolloutOpensNoFurtherSlotButFinishesWhatRises() {
        var stage = halfWay()
        stage.tell(.pauseRequested(2))
        stage.expect(
            "“the rollout of generation 2 is paused: 1 of 3 slots are replaced”",
            "answer 2: done", hearing: [.record, .verdict])
        stage.rise(1)
        stage.expect("SIGINT 1.2")
        stage.exits(WorkerID(slot: 0, incarnation: 1))
        stage.exits(WorkerID(slot: 1, incarnation: 2))
        stage.skip()
        stage.after(.seconds(3_600))
        stage.expect()
        stage.expectStatus("gen 2: 2/3 ready; 1 of gen 1 serves; paused")
    }

    @Test func resumedItGoesOnToItsVerdict() {
        var stage = halfWay()
        stage.tell(.pauseRequested(2))
        stage.rise(1)
        stage.skip()
        stage.tell(.resumeRequested(3))
        stage.expect("answer 3: done", "launch 2.6 gen 2")
        stage.rise(2)
        stage.expect("SIGINT 2.3", "READY=1", "answer 1: replaced by gen 2")
    }

    @Test(arguments: [false, true])
    func abortedItGoesBackAndWhoeverWaitsForTheReloadIsTold(isPaused: Bool) {
        var stage = halfWay()
        if isPaused { stage.tell(.pauseRequested(2)) }
        stage.skip()
        stage.tell(.abortRequested(3))
        stage.expect("SIGINT 1.5", "answer 3: done", "launch 0.6 gen 1")
        stage.exits(1, .exited(0))
        stage.rise(0)
        stage.expect("forget 1.5", "SIGINT 0.4")
        stage.exits(WorkerID(slot: 0, incarnation: 4))
        stage.expect(
            "forget 0.4", "READY=1", "answer 1: refused, it was aborted", "release gen 2")
    }

    @Test func aPausedRolloutStillGoesBackWhenAWorkerFails() {
        var stage = halfWay()
        stage.tell(.pauseRequested(2))
        stage.skip()
        stage.exits(1)
        stage.expect("forget 1.5", "launch 0.6 gen 1")
        #expect(stage.pool.rollout?.isPaused == false)
    }

    @Test func aReloadIsRefusedWhileOneIsPaused() {
        var stage = halfWay()
        stage.tell(.pauseRequested(2))
        stage.skip()
        stage.reload(3)
        stage.expect(
            "answer 3: refused, the rollout of generation 2 is paused; resume or abort it first")
        stage.reload()
        stage.expect(
            "“a reload was refused: the rollout of generation 2 is paused; "
                + "resume or abort it first”", hearing: [.record])
    }

    @Test func theServiceManagerIsKeptPatientWhileARolloutIsPaused() {
        var stage = halfWay()
        stage.tell(.pauseRequested(2))
        stage.rise(1)
        stage.skip()
        stage.after(.seconds(100))
        let promises = stage.unheard.filter { $0.kind == .promise }
        #expect(promises.count >= 2)
    }

    @Test func withoutARolloutThereIsNothingToSteer() {
        var stage = Stage.serving()
        stage.tell(.pauseRequested(1))
        stage.tell(.resumeRequested(2))
        stage.tell(.abortRequested(3))
        stage.expect(
            "answer 1: refused, no rollout is under way",
            "answer 2: refused, no rollout is under way",
            "answer 3: refused, no rollout is under way")
    }

    @Test func whatGoesBackCanNotBeSteered() {
        var stage = halfWay()
        stage.exits(1)
        stage.skip()
        stage.tell(.abortRequested(2))
        stage.expect(
            "answer 2: refused, the rollout goes back already: worker 1 exited with status 1")
    }

    @Test func theSecondPauseChangesNothing() {
        var stage = halfWay()
        stage.tell(.pauseRequested(2))
        stage.skip()
        stage.tell(.pauseRequested(3))
        stage.expect("answer 3: done", hearing: [.record, .verdict, .deed])
    }

    @Test func afterTheEndNobodyIsLeftWaiting() {
        var stage = Stage.serving()
        stage.stop()
        stage.exits(0, .exited(0))
        stage.skip()
        stage.tell(.pauseRequested(1))
        stage.expect("answer 1: refused, the pool has stopped")
    }

    @Test func workersThatAreAskedForWhileItIsPausedComeAfterIt() {
        var stage = halfWay()
        stage.tell(.pauseRequested(2))
        stage.tell(.scaleRequested(.to(4)))
        #expect(stage.pool.seats.count == 3)
        #expect(stage.pool.wantedNext == 4)
        stage.tell(.resumeRequested(3))
        stage.rise(1)
        stage.rise(2)
        #expect(stage.pool.seats.count == 4)
        #expect(stage.pool.wanted == 4)
    }
}
