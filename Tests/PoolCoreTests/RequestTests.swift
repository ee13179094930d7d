// What people ask for of single workers: a fresh one, all of them fresh, a signal.

import PoolCore
import PoolSimulation
import Testing

@Suite struct RequestTests {
    // MARK: A fresh worker

    @Test func aFreshWorkerRisesBesideTheOldOneAndThenTakesItsSlot() {
        var stage = Stage.serving(workers: 2)
        stage.tell(.restartRequested(5, 1))
        stage.expect(
            "launch 1.3 gen 1",
            "“worker 1 started, generation 1: somebody asked for a fresh one”",
            hearing: [.deed, .record, .verdict])
        stage.rise(1)
        stage.expect("SIGINT 1.2", "answer 5: done")
        stage.exits(WorkerID(slot: 1, incarnation: 2))
        stage.expect("forget 1.2")
    }

    @Test func allOfThemAreReplacedOneAfterTheOther() {
        var stage = Stage.serving(workers: 3)
        stage.tell(.restartRequested(5, nil))
        stage.expect("launch 0.4 gen 1")
        stage.rise(0)
        stage.expect("SIGINT 0.1", "launch 1.5 gen 1")
        stage.rise(1)
        stage.expect("SIGINT 1.2", "launch 2.6 gen 1")
        stage.rise(2)
        stage.expect("SIGINT 2.3", "answer 5: done")
    }

    @Test func aFreshWorkerThatFailsLeavesTheOldOneInItsPlace() {
        var stage = Stage.serving(workers: 2)
        stage.tell(.restartRequested(5, 1))
        stage.launched(1)
        stage.skip()
        stage.exits(1)
        stage.expect(
            "forget 1.3",
            "answer 5: refused, a fresh worker 1 exited with status 1; the one before serves on")
        // Nobody asks any more.
        stage.after(.seconds(3_600))
        stage.expect()
        #expect(stage.pool.readySlots == 2)
    }

    @Test func aSlotThatRestsOrIsFinishedGetsAWorkerAtOnce() {
        var stage = Stage.serving(workers: 2) { $0.restart = .onFailure }
        stage.exits(0, .exited(0))
        stage.skip()
        stage.after(.seconds(3_600))
        stage.expect()
        stage.tell(.restartRequested(5, 0))
        stage.expect("launch 0.3 gen 1")
        stage.rise(0)
        stage.expect("answer 5: done")
    }

    @Test func whatWasIsNotHeldAgainstTheSlot() {
        var stage = Stage.serving { $0.restartDelay = .seconds(60) }
        stage.exits(0)
        stage.exits(0)
        stage.skip()
        #expect(stage.pool.seats[0].ends == 2)
        stage.tell(.restartRequested(5, 0))
        stage.expect("launch 0.3 gen 1")
        #expect(stage.pool.seats[0].ends == 0)
    }

    @Test func theOldWorkerMayEndBeforeTheFreshOneIsReady() {
        var stage = Stage.serving(workers: 2)
        stage.tell(.restartRequested(5, 1))
        stage.skip()
        stage.exits(WorkerID(slot: 1, incarnation: 2), .exited(1))
        stage.expect("forget 1.2")
        stage.rise(1)
        stage.expect("answer 5: done")
    }

    @Test func anOldWorkerThatEndsBeforeItsTurnIsFollowedAtOnce() {
        var stage = Stage.serving(workers: 2) { $0.restart = .onFailure }
        stage.tell(.restartRequested(5, nil))
        stage.expect("launch 0.3 gen 1")
        // Restart= would not have it followed by anybody.
        stage.exits(1, .exited(0))
        stage.expect("forget 1.2", "launch 1.4 gen 1")
        stage.rise(1)
        stage.rise(0)
        stage.expect("SIGINT 0.1", "answer 5: done")
    }

    @Test func aRolloutThatComesBetweenBringsFreshWorkersToo() {
        var stage = Stage.serving(workers: 1)
        stage.tell(.restartRequested(5, 0))
        stage.skip()
        stage.reload(6, to: .test(workers: 1))
        stage.skip()
        stage.rise(0)
        stage.expect("SIGINT 0.1", "READY=1", "answer 6: replaced by gen 2", "answer 5: done")
    }

    @Test func itIsRefusedWhereItMeansNothing() {
        var stage = Stage(workers: 2)
        stage.start()
        stage.skip()
        stage.tell(.restartRequested(5, 0))
        stage.expect("answer 5: refused, it is starting")
        stage = Stage.serving(workers: 2)
        for slot in [2, -1] {
            stage.tell(.restartRequested(5, slot))
            stage.expect("answer 5: refused, there are slots 0 to 1")
        }
        stage.reload(1, to: .test(workers: 2))
        stage.skip()
        stage.tell(.restartRequested(5, 0))
        stage.expect("answer 5: refused, a rollout is under way, and replaces every worker")
    }

    @Test func aStopEndsTheWaitForIt() {
        var stage = Stage.serving(workers: 2)
        stage.tell(.restartRequested(5, nil))
        stage.skip()
        stage.tell(.stopRequested)
        #expect(stage.unheard.contains(.answer([5], .refused("the pool is stopping"))))
    }

    @Test func aSlotThatIsClosedNeedsNoFreshWorker() {
        var stage = Stage.serving(workers: 2)
        stage.tell(.restartRequested(5, 1))
        stage.skip()
        stage.tell(.scaleRequested(.to(1)))
        stage.expect("SIGINT 1.2", "SIGINT 1.3", "answer 5: done")
    }

    // MARK: Signals

    @Test func aSignalGoesToTheWorkerOfTheSlotAndIsNoReasonToLeave() {
        var stage = Stage.serving(workers: 2)
        stage.tell(.signalRequested(5, 1, .user1))
        stage.expect(
            "relay SIGUSR1 1.2", "“worker 1 of generation 1 is sent SIGUSR1, as somebody asked”",
            "answer 5: done", hearing: [.deed, .record, .verdict])
        #expect(stage.pool.readySlots == 2)
        stage.tell(.signalRequested(6, 1, .kill))
        stage.expect("relay SIGKILL 1.2", "answer 6: done")
        stage.exits(1, .signaled(.kill, coreDumped: false))
        stage.expect("forget 1.2", "launch 1.3 gen 1")
    }

    @Test func whereNobodyIsASignalIsRefused() {
        var stage = Stage.serving { $0.restartDelay = .seconds(60) }
        stage.tell(.signalRequested(5, 1, .user1))
        stage.expect("answer 5: refused, there are slots 0 to 0")
        stage.exits(0)
        stage.skip()
        stage.tell(.signalRequested(6, 0, .user1))
        stage.expect("answer 6: refused, worker 0 has no process at the moment")
        stage.after(.seconds(60))
        stage.skip()
        stage.tell(.signalRequested(7, 0, .user1))
        stage.expect("answer 7: refused, worker 0 has no process at the moment")
    }

    @Test func onlyAnOldWorkerOnItsWayOutCanStillBeSignalled() {
        var stage = Stage.serving(workers: 1)
        stage.tell(.stopRequested)
        stage.skip()
        stage.tell(.signalRequested(5, 0, .quit))
        stage.expect("relay SIGQUIT 0.1", "answer 5: done")
    }

    // MARK: The agent

    private func company() -> CompanyWorld {
        var policy = PoolPolicy.test(workers: 1)
        policy.agent = policy.worker
        var world = CompanyWorld(policy)
        world.tell(.start)
        world.settle { $0.company.workers.phase == .serving && $0.pending == 0 }
        _ = world.heard()
        return world
    }

    @Test func aFreshAgentFollowsOnTheOldOne() {
        var world = company()
        world.ask(5) { .restartRequested($0, .ofAgent) }
        #expect(world.heard() == ["SIGINT agent"])
        world.settle { $0.verdicts[5] != nil }
        #expect(world.heard() == ["forget agent", "launch agent gen 1", "answer 5: done"])
        #expect(world.faults == [])
    }

    @Test func anAgentGetsItsSignalsAndAPoolWithoutOneSaysSo() {
        var world = company()
        world.ask(5) { .signalRequested($0, .ofAgent, .user2) }
        #expect(world.heard() == ["relay SIGUSR2 agent", "answer 5: done"])
        #expect(
            world.sentences.last == "the agent of generation 1 is sent SIGUSR2, as somebody asked")
        world = CompanyWorld(.test(workers: 1))
        world.tell(.start)
        world.ask(6) { .signalRequested($0, .ofAgent, .user2) }
        world.ask(7) { .restartRequested($0, .ofAgent) }
        #expect(world.verdicts[6] == .refused("there is no agent"))
        #expect(world.verdicts[7] == .refused("there is no agent"))
    }

    @Test func anAgentIsNotRestartedInAReload() {
        var world = company()
        world.ask(5) { .reloadRequested($0) }
        world.ask(6) { .restartRequested($0, .ofAgent) }
        #expect(
            world.verdicts[6] == .refused("a rollout is under way, and replaces the agent"))
    }
}
