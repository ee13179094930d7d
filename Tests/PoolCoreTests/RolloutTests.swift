// A reload that goes well: slot by slot, start new, wait ready, settle, retire old, one verdict.

import PoolCore
import Testing

@Suite struct RolloutTests {
    private func old(_ slot: Slot) -> WorkerID {
        WorkerID(slot: slot, incarnation: UInt64(slot) + 1)
    }

    @Test func aRolloutReplacesSlotBySlotAndGivesOneVerdict() {
        var stage = Stage.serving(workers: 2)
        stage.reload(7)
        stage.expect("RELOADING=1", "read configuration 2")
        stage.tell(.configurationRead(.test(workers: 2)))
        stage.expect("launch 0.3 gen 2")
        stage.expectStatus("gen 2: 0/2 ready, 1 starting; 2 of gen 1 serve")
        stage.rise(0)
        stage.expect("SIGINT 0.1", "launch 1.4 gen 2")
        stage.expectStatus("gen 2: 1/2 ready, 1 starting, 1 draining; 1 of gen 1 serves")
        stage.exits(old(0))
        stage.expect("forget 0.1")
        stage.rise(1)
        stage.expect("SIGINT 1.2", "READY=1", "answer 7: replaced by gen 2")
        stage.expectStatus("gen 2: 2/2 ready, 1 draining")
        stage.exits(old(1))
        stage.expect("forget 1.2", "release gen 1")
        stage.expectStatus("gen 2: 2/2 ready")
        #expect(stage.pool.rollout == nil)
        #expect(stage.pool.settled == 2)
    }

    @Test func theJournalTellsTheStory() {
        var stage = Stage.serving()
        stage.reload(to: .test(settle: .seconds(2)))
        stage.launched(0)
        stage.after(.seconds(1))
        stage.says(0, .ready)
        stage.after(.seconds(2))
        stage.exits(old(0))
        stage.expect(
            "“rolling out generation 2 in place of 1”",
            "“worker 0 started, generation 2: the rollout reached it”",
            "“worker 0 of generation 2 is ready after 1 s”",
            "“worker 0 of generation 1 is asked to stop: its replacement is ready”",
            "“generation 2 is rolled out: 1 worker after 3 s”",
            "“worker 0 of generation 1 has left: it exited with status 0”",
            hearing: [.record])
    }

    @Test func sighupHasNobodyToAnswer() {
        var stage = Stage.serving()
        stage.reload(to: .test())
        stage.rise(0)
        stage.expect(
            "RELOADING=1", "read configuration 2", "launch 0.2 gen 2", "SIGINT 0.1", "READY=1")
    }

    @Test(arguments: 1...4)
    func asManyCandidatesRiseAtOnceAsTheSurgeOfTheNewConfigurationAllows(surge: Int) {
        var stage = Stage.serving(workers: 4)
        stage.reload(to: .test(workers: 4, surge: surge))
        for replaced in 0...4 {
            let rising = stage.pool.workers.filter { $0.role == .candidate }
            #expect(rising.map(\.id.slot) == Array(replaced..<min(replaced + surge, 4)))
            if replaced < 4 { stage.rise(replaced) }
        }
        #expect(stage.pool.rollout == nil)
    }

    @Test func candidatesMayFinishInAnyOrder() {
        var stage = Stage.serving(workers: 3)
        stage.reload(1, to: .test(workers: 3, surge: 2))
        stage.skip()
        stage.rise(1)
        stage.expect("SIGINT 1.2", "launch 2.6 gen 2")
        stage.rise(2)
        stage.expect("SIGINT 2.3")
        stage.rise(0)
        stage.expect("SIGINT 0.1", "READY=1", "answer 1: replaced by gen 2")
    }

    @Test func aCandidateCountsOnlyOnceItHasSettled() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2, settle: .seconds(3)))
        stage.rise(0)
        stage.skip()
        stage.after(.milliseconds(2_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("SIGINT 0.1", "launch 1.4 gen 2")
        stage.rise(1)
        stage.after(.milliseconds(2_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("SIGINT 1.2", "READY=1", "answer 1: replaced by gen 2")
    }

    @Test func theOldWorkerServesUntilItsSuccessorHasSettled() {
        var stage = Stage.serving()
        stage.reload(to: .test(settle: .seconds(3)))
        stage.rise(0)
        #expect(stage.pool.serving.map(\.generation) == [1, 2])
        stage.after(.seconds(3))
        #expect(stage.pool.serving.map(\.generation) == [2])
    }

    @Test func theVerdictDoesNotWaitForOldWorkersToDrain() {
        var stage = Stage.serving()
        stage.reload(1, to: .test())
        stage.skip()
        stage.rise(0)
        stage.expect("SIGINT 0.1", "READY=1", "answer 1: replaced by gen 2")
        stage.after(.seconds(10))
        stage.expect("kill 0.1")
    }

    @Test func oldWorkersGoByTheirOwnRulesAndNewOnesByTheNew() {
        var stage = Stage.serving {
            $0.killSignal = .user1
            $0.stopTimeout = .seconds(5)
        }
        stage.reload(
            to: .test {
                $0.killSignal = .user2
                $0.stopTimeout = .seconds(50)
            })
        stage.skip()
        stage.rise(0)
        stage.expect("SIGUSR1 0.1", "READY=1")
        stage.after(.seconds(5))
        stage.expect("kill 0.1")
        stage.stop()
        stage.expect("STOPPING=1", "SIGUSR2 0.2")
        stage.after(.seconds(49))
        stage.expect()
    }

    @Test func withTypeExecACandidateIsReadyByItsExec() {
        var stage = Stage.serving()
        stage.reload(1, to: .test { $0.readiness = .exec })
        stage.skip()
        stage.launched(0)
        stage.expect("SIGINT 0.1", "READY=1", "answer 1: replaced by gen 2")
    }

    // MARK: More and fewer workers

    @Test func moreWorkersRiseAsCandidatesOfTheirOwnSlots() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 4))
        stage.skip()
        stage.rise(0)
        stage.expect("SIGINT 0.1", "launch 1.4 gen 2")
        stage.rise(1)
        stage.expect("SIGINT 1.2", "launch 2.5 gen 2")
        #expect(stage.pool.wanted == 2)
        stage.rise(2)
        stage.expect("launch 3.6 gen 2")
        stage.rise(3)
        stage.expect("READY=1", "answer 1: replaced by gen 2")
        #expect(stage.pool.wanted == 4)
        stage.expectStatus("gen 2: 4/4 ready, 2 draining")
    }

    @Test func fewerWorkersLoseTheHighestSlotsAtTheEnd() {
        var stage = Stage.serving(workers: 4)
        stage.reload(1, to: .test(workers: 2))
        stage.skip()
        stage.rise(0)
        stage.expect("SIGINT 0.1", "launch 1.6 gen 2")
        #expect(stage.pool.readySlots == 4)
        stage.rise(1)
        stage.expect(
            "SIGINT 1.2", "SIGINT 2.3", "SIGINT 3.4", "READY=1", "answer 1: replaced by gen 2")
        #expect(stage.pool.seats.count == 2)
        for slot in 0..<4 { stage.exits(old(slot)) }
        stage.expect("forget 0.1", "forget 1.2", "forget 2.3", "forget 3.4", "release gen 1")
        stage.expectStatus("gen 2: 2/2 ready")
    }

    @Test func aSlotThatIsToGoKeepsItsWorkerOfTheOldGenerationUntilThen() {
        var stage = Stage.serving(workers: 2)
        stage.reload(to: .test(workers: 1))
        stage.skip()
        stage.exits(1)
        stage.expect("forget 1.2", "launch 1.4 gen 1")
        stage.rise(0)
        stage.expect("SIGINT 0.1", "SIGINT 1.4", "READY=1")
    }

    @Test func aSlotThatWasClosedDoesNotComeBackWhenItsWorkerLeaves() {
        var stage = Stage.serving(workers: 2)
        stage.reload(to: .test(workers: 1))
        stage.rise(0)
        stage.skip()
        stage.exits(1)
        stage.expect("forget 1.2")
        stage.after(.seconds(100))
        stage.expect("kill 0.1")
    }

    // MARK: Trouble that does not end a rollout

    @Test func anOldWorkerThatDiesBeforeItsTurnIsReplacedByItsOwnGeneration() {
        var stage = Stage.serving(workers: 3)
        stage.reload(to: .test(workers: 3))
        stage.skip()
        stage.exits(2)
        stage.expect("forget 2.3", "launch 2.5 gen 1")
        stage.rise(2)
        stage.rise(0)
        stage.rise(1)
        stage.expect("SIGINT 0.1", "launch 1.6 gen 2", "SIGINT 1.2", "launch 2.7 gen 2")
    }

    @Test func anOldWorkerThatDiesWhileItsSuccessorRisesIsNotReplacedTwice() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2, settle: .seconds(1)))
        stage.rise(0)
        stage.skip()
        stage.exits(old(0))
        stage.expect("forget 0.1")
        stage.after(.seconds(1))
        stage.expect("launch 1.4 gen 2")
        #expect(stage.pool.rollout != nil)
    }

    @Test func aNewWorkerThatDiesBeforeItHasProvedItselfFailsTheRollout() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2) { $0.startTimeout = nil })
        stage.rise(0)
        stage.exits(WorkerID(slot: 0, incarnation: 1))
        stage.after(.seconds(59))
        stage.skip()
        stage.exits(0)
        stage.expect("forget 0.3", "SIGINT 1.4", "launch 0.5 gen 1")
        stage.expectStatus(
            "gen 1: 1/2 ready, 1 starting, 1 draining; reload to gen 2 failed: worker 0 exited "
                + "with status 1")
    }

    @Test func aNewWorkerThatIsSilentBeforeItHasProvedItselfFailsTheRollout() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2) { $0.watchdogInterval = .seconds(5) })
        stage.rise(0)
        stage.skip()
        stage.after(.seconds(5))
        stage.expect("SIGABRT 0.3", "SIGINT 1.4", "launch 0.5 gen 1")
    }

    @Test func aNewWorkerThatEndsCleanlyIsReplacedAndTheRolloutGoesOn() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2))
        stage.rise(0)
        stage.skip()
        stage.exits(0, .exited(0))
        stage.expect("forget 0.3", "launch 0.5 gen 2")
        #expect(stage.pool.rollout != nil)
    }

    @Test func aNewWorkerThatDiesAfterItHasProvedItselfIsReplacedAndTheRolloutGoesOn() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2) { $0.startTimeout = nil })
        stage.rise(0)
        stage.after(.seconds(60))
        stage.skip()
        stage.exits(0)
        stage.expect("forget 0.3", "launch 0.5 gen 2")
        stage.rise(1)
        stage.expect("SIGINT 1.2", "READY=1", "answer 1: replaced by gen 2")
    }

    @Test func anOldWorkerThatSaysItIsStoppingGoesWithoutASignal() {
        var stage = Stage.serving()
        stage.reload(1, to: .test())
        stage.skip()
        stage.says(old(0), .stopping)
        stage.expect()
        stage.rise(0)
        stage.expect("READY=1", "answer 1: replaced by gen 2")
    }

    // MARK: Several reloads

    @Test func reloadsDuringARolloutMergeIntoOneThatFollowsIt() {
        var stage = Stage.serving()
        stage.reload(1)
        stage.reload(2)
        stage.tell(.configurationRead(.test()))
        stage.reload(3)
        stage.reload()
        stage.skip()
        stage.rise(0)
        stage.expect(
            "SIGINT 0.1", "READY=1", "answer 1: replaced by gen 2", "RELOADING=1",
            "read configuration 3")
        stage.tell(.configurationRead(.test()))
        stage.rise(0)
        stage.expect(
            "launch 0.3 gen 3", "SIGINT 0.2", "READY=1", "answer 2+3: replaced by gen 3")
        stage.after(.seconds(1))
        #expect(stage.pool.rollout == nil)
    }

    @Test func aSecondSighupDuringARolloutIsTakenUpAfterItToo() {
        var stage = Stage.serving()
        stage.reload(to: .test())
        stage.reload()
        stage.skip()
        stage.rise(0)
        stage.expect("SIGINT 0.1", "READY=1", "RELOADING=1", "read configuration 3")
    }

    @Test func generationsCountUpAndOldOnesAreReleased() {
        var stage = Stage.serving()
        for number in 2...20 {
            let leaving = stage.newest(0)
            stage.reload(to: .test())
            stage.rise(0)
            stage.skip()
            stage.exits(leaving)
            stage.expect("forget \(leaving)", "release gen \(number - 1)")
            #expect(stage.pool.generations.map(\.number) == [number])
        }
    }

    // MARK: Refused configurations

    @Test func aRefusedConfigurationTouchesNothing() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1)
        stage.skip()
        stage.tell(.configurationRefused("web.conf:3: unknown directive"))
        stage.expect(
            "“the configuration was not taken over: web.conf:3: unknown directive”", "READY=1",
            "answer 1: refused, web.conf:3: unknown directive",
            "STATUS=gen 1: 2/2 ready; reload refused: web.conf:3: unknown directive",
            hearing: .everything)
        #expect(stage.pool.workers.map(\.id) == [old(0), old(1)])
    }

    @Test func aRefusedGenerationNumberIsGivenAgain() {
        var stage = Stage.serving()
        stage.reload()
        stage.tell(.configurationRefused("no"))
        stage.skip()
        stage.reload(to: .test())
        stage.expect("RELOADING=1", "read configuration 2", "launch 0.2 gen 2")
        stage.rise(0)
        stage.expectStatus("gen 2: 1/1 ready, 1 draining")
    }

    @Test func aConfigurationNobodyAskedForIsNotTakenOver() {
        var stage = Stage.serving()
        stage.tell(.configurationRead(.test(workers: 9)))
        stage.tell(.configurationRefused("no"))
        stage.reload(1, to: .test())
        stage.skip()
        stage.tell(.configurationRead(.test(workers: 9)))
        stage.tell(.configurationRefused("no"))
        stage.expect(hearing: .everything)
        stage.rise(0)
        stage.expect("SIGINT 0.1", "READY=1", "answer 1: replaced by gen 2")
        #expect(stage.pool.wanted == 1)
    }
}
