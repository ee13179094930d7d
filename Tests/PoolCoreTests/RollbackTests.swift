// A reload that fails: the new go, the replaced come back, the old serve on, and it is said why.

import PoolCore
import Testing

/// The ways in which a candidate fails.
enum Failure: String, CaseIterable, Sendable {
    case refusedByKernel, notExecuted, exitsAtStart, neverReady, diesSettling, saysStopping
    case reportsTrouble, goesSilent

    var why: String {
        switch self {
        case .refusedByKernel: "could not be started: no processes left"
        case .notExecuted: "could not be started: no such file"
        case .exitsAtStart: "exited with status 2"
        case .neverReady: "was not ready within 30 s"
        case .diesSettling: "was killed by SIGSEGV"
        case .saysStopping: "said that it is stopping"
        case .reportsTrouble: "reported trouble (WATCHDOG=trigger)"
        case .goesSilent: "sent no heartbeat for 20 s"
        }
    }

    /// Whether its process is gone when the pool learns of the failure.
    var leavesNoProcess: Bool {
        switch self {
        case .refusedByKernel, .notExecuted, .exitsAtStart, .diesSettling: true
        case .neverReady, .saysStopping, .reportsTrouble, .goesSilent: false
        }
    }

    func play(_ slot: Slot, on stage: inout Stage) {
        switch self {
        case .refusedByKernel: stage.failsToLaunch(slot, .refused("no processes left"))
        case .notExecuted: stage.failsToLaunch(slot, .notExecuted("no such file"))
        case .exitsAtStart:
            stage.launched(slot)
            stage.exits(slot, .exited(2))
        case .neverReady:
            stage.launched(slot)
            stage.after(.seconds(30))
        case .diesSettling:
            stage.rise(slot)
            stage.after(.seconds(59))
            stage.exits(slot, .signaled(Signal(11), coreDumped: false))
        case .saysStopping:
            stage.rise(slot)
            stage.says(slot, .stopping)
        case .reportsTrouble:
            stage.rise(slot)
            stage.says(slot, .trouble)
        case .goesSilent:
            stage.rise(slot)
            stage.says(slot, .watchdogInterval(.seconds(20)))
            stage.after(.seconds(20))
        }
    }
}

@Suite struct RollbackTests {
    private static let new = PoolPolicy.test(workers: 3, settle: .seconds(60)) {
        $0.stopTimeout = nil
    }

    /// A rollout in a pool of three whose first slots have been replaced, their old workers gone.
    private func rollout(reaching slot: Slot) -> Stage {
        var stage = Stage.serving(workers: 3)
        stage.reload(1, to: Self.new)
        for slot in 0..<slot {
            let old = stage.pool.workers.first { $0.id.slot == slot }
            stage.rise(slot)
            stage.after(.seconds(60))
            if let old { stage.exits(old.id) }
        }
        stage.skip()
        return stage
    }

    /// A rollout in a pool of two: slot 0 is replaced, slot 1's candidate has just failed and slot 0
    /// is on its way back with a worker that rises.
    private func goingBack() -> Stage {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2))
        stage.rise(0)
        stage.exits(WorkerID(slot: 0, incarnation: 1))
        stage.skip()
        stage.exits(1)
        return stage
    }

    @Test(arguments: Failure.allCases, 0...2)
    func anyFailureOfACandidateAtAnySlotBringsTheOldGenerationBack(
        failure: Failure, slot: Slot
    ) {
        var stage = rollout(reaching: slot)
        let failed = stage.newest(slot)
        failure.play(slot, on: &stage)
        if !failure.leavesNoProcess { stage.exits(failed) }
        for slot in 0..<slot {
            let newer = stage.pool.workers.first { $0.id.slot == slot && $0.generation == 2 }
            stage.rise(slot)
            if let newer { stage.exits(newer.id) }
        }
        stage.expect(
            "READY=1", "answer 1: refused, worker \(slot) \(failure.why)",
            hearing: [.word, .verdict])
        #expect(stage.pool.rollout == nil)
        #expect(stage.pool.serving.map(\.generation) == [1, 1, 1])
        #expect(stage.pool.workers.count == 3)
        #expect(stage.pool.generations.map(\.number) == [1])
        stage.expectStatus(
            "gen 1: 3/3 ready; reload to gen 2 failed: worker \(slot) \(failure.why)")
    }

    // Swift 6.0 crashes on closures among a test's arguments; goes with Debian 13.
    private static let failuresOfProcesses = Failure.allCases.filter { !$0.leavesNoProcess }

    @Test(arguments: failuresOfProcesses)
    func theVerdictWaitsForTheLastProcessOfTheFailedGeneration(failure: Failure) {
        var stage = rollout(reaching: 0)
        let failed = stage.newest(0)
        failure.play(0, on: &stage)
        stage.expect(hearing: [.word, .verdict])
        stage.after(.seconds(1_000))
        stage.expect(hearing: [.word, .verdict])
        stage.exits(failed)
        stage.expect(
            "READY=1", "answer 1: refused, worker 0 \(failure.why)", hearing: [.word, .verdict])
    }

    @Test func theFirstCandidateThatFailsTouchesNoOldWorker() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2))
        stage.skip()
        stage.failsToLaunch(0)
        stage.expect(
            "“worker 0 of generation 2 failed to start: it could not be started: no such file”",
            "forget 0.3",
            "“generation 2 was not rolled out: worker 0 could not be started: no such file”",
            "READY=1", "answer 1: refused, worker 0 could not be started: no such file",
            "release gen 2", hearing: [.deed, .word, .verdict, .record])
    }

    @Test func theOtherCandidatesOfASurgeAreRetired() {
        var stage = Stage.serving(workers: 4)
        stage.reload(1, to: .test(workers: 4, surge: 3))
        stage.skip()
        stage.exits(1)
        stage.expect("forget 1.6", "SIGINT 0.5", "SIGINT 2.7")
        stage.exits(0)
        stage.expect("forget 0.5")
        stage.exits(2)
        stage.expect(
            "forget 2.7", "READY=1", "answer 1: refused, worker 1 exited with status 1",
            "release gen 2")
    }

    @Test func goingBackStartsTheOldBeforeItRetiresTheNew() {
        var stage = goingBack()
        stage.expect("forget 1.4", "launch 0.5 gen 1")
        #expect(stage.pool.readySlots == 2)
        stage.rise(0)
        stage.expect("SIGINT 0.3")
        #expect(stage.pool.readySlots == 2)
        stage.exits(WorkerID(slot: 0, incarnation: 3))
        stage.expect(
            "forget 0.3", "READY=1", "answer 1: refused, worker 1 exited with status 1",
            "release gen 2")
    }

    @Test func goingBackNeedNotSettleOnceMore() {
        var stage = Stage.serving(.test(workers: 2, settle: .seconds(60)))
        stage.reload(1, to: .test(workers: 2))
        stage.rise(0)
        stage.exits(1)
        stage.skip()
        stage.rise(0)
        stage.expect("SIGINT 0.3")
    }

    @Test(arguments: 1...3)
    func goingBackRisesAsManyAtOnceAsTheOldConfigurationAllows(surge: Int) {
        var stage = Stage.serving(.test(workers: 4, surge: surge))
        stage.reload(to: .test(workers: 4, surge: 1))
        for slot in 0..<3 { stage.rise(slot) }
        stage.exits(3)
        let rising = stage.pool.workers.filter { $0.role == .candidate }
        #expect(rising.map(\.id.slot) == Array(0..<surge))
        #expect(rising.allSatisfy { $0.generation == 1 })
    }

    @Test func newSlotsOfAFailedRolloutAreClosedAgain() {
        var stage = Stage.serving(workers: 1)
        stage.reload(1, to: .test(workers: 3))
        stage.rise(0)
        stage.rise(1)
        stage.skip()
        stage.exits(2)
        stage.expect("forget 2.4", "SIGINT 1.3", "launch 0.5 gen 1")
        #expect(stage.pool.seats.count == 1)
        stage.rise(0)
        stage.exits(WorkerID(slot: 0, incarnation: 2))
        stage.exits(1)
        stage.expect(
            "SIGINT 0.2", "forget 0.2", "forget 1.3", "READY=1",
            "answer 1: refused, worker 2 exited with status 1", "release gen 2")
        #expect(stage.pool.wanted == 1)
    }

    @Test func slotsThatWereToGoStayWhenTheRolloutFails() {
        var stage = Stage.serving(workers: 3)
        stage.reload(to: .test(workers: 1))
        stage.exits(0)
        #expect(stage.pool.readySlots == 3)
        #expect(stage.pool.wanted == 3)
    }

    @Test func anOldWorkerThatDiedBesideItsCandidateComesBackAtOnce() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2))
        stage.exits(WorkerID(slot: 0, incarnation: 1))
        stage.skip()
        stage.exits(0)
        stage.expect("forget 0.3", "launch 0.4 gen 1")
        stage.rise(0)
        stage.expect(
            "READY=1", "answer 1: refused, worker 0 exited with status 1", "release gen 2")
    }

    @Test func theVerdictWaitsForAnOldWorkerWhoseSuccessorDiedOnTheWayBack() {
        var stage = goingBack()
        stage.skip()
        stage.exits(WorkerID(slot: 0, incarnation: 3))
        stage.expect("forget 0.3")
        stage.rise(0)
        stage.expect(
            "READY=1", "answer 1: refused, worker 1 exited with status 1", "release gen 2")
    }

    @Test func noNewerWorkerIsSaidToServeWhenThereIsNone() {
        var stage = goingBack()
        stage.exits(WorkerID(slot: 0, incarnation: 3))
        stage.skip()
        stage.failsToLaunch(0)
        stage.expect(
            "forget 0.5", "READY=1",
            "answer 1: refused, worker 1 exited with status 1; and worker 0 of the old generation "
                + "could not be started: no such file", "launch 0.6 gen 1", "release gen 2")
    }

    @Test func theRestartRuleOfAFailedGenerationDoesNotKeepTheOldOneAway() {
        var stage = Stage.serving(workers: 3)
        stage.reload(1, to: .test(workers: 3) { $0.restart = .no })
        stage.rise(0)
        stage.rise(1)
        stage.exits(2)
        stage.skip()
        stage.exits(1, .exited(0))
        stage.expect("forget 1.5", "launch 1.8 gen 1")
    }

    @Test func theStartLimitOfAFailedGenerationDoesNotReplaceThatOfTheOldOne() {
        var stage = Stage.serving(workers: 2) {
            $0.startLimitBurst = 2
            $0.startLimitInterval = .seconds(100)
        }
        stage.reload(to: .test(workers: 2) { $0.restartReset = .zero })
        stage.rise(0)
        stage.exits(1)
        stage.failsToLaunch(0)
        stage.failsToLaunch(0)
        stage.skip()
        stage.exits(WorkerID(slot: 0, incarnation: 3))
        stage.after(.milliseconds(99_999))
        stage.expect("forget 0.3", "release gen 2", "kill 0.1")
        stage.after(.milliseconds(1))
        stage.expect("launch 0.7 gen 1")
    }

    @Test func aRefusalIsForgottenByTheNextReloadThatGoesWell() {
        var stage = Stage.serving()
        stage.reload(to: .test())
        stage.exits(0)
        #expect(stage.pool.lastFailure == "reload to gen 2 failed: worker 0 exited with status 1")
        stage.reload(1, to: .test())
        #expect(stage.pool.lastFailure != nil)
        stage.skip()
        stage.rise(0)
        stage.expect("SIGINT 0.1", "READY=1", "answer 1: replaced by gen 3")
        #expect(stage.pool.lastFailure == nil)
    }

    @Test func aReloadAskedForWhileGoingBackIsTakenUpAfterIt() {
        var stage = goingBack()
        stage.reload(2)
        stage.rise(0)
        stage.skip()
        stage.exits(WorkerID(slot: 0, incarnation: 3))
        stage.expect(
            "forget 0.3", "READY=1", "answer 1: refused, worker 1 exited with status 1",
            "RELOADING=1", "read configuration 3", "release gen 2")
    }

    // MARK: The old generation can't come back

    @Test func ifTheOldCannotComeBackTheNewerWorkerServesOnAndThatIsSaid() {
        var stage = goingBack()
        stage.skip()
        stage.failsToLaunch(0)
        stage.expect(
            "forget 0.5", "READY=1",
            "answer 1: refused, worker 1 exited with status 1; and worker 0 of the old generation "
                + "could not be started: no such file, its newer one serves on",
            "launch 0.6 gen 1")
        #expect(stage.pool.readySlots == 2)
        #expect(stage.pool.serving.map(\.generation) == [1, 2])
        #expect(stage.pool.rollout == nil)
    }

    @Test func comingBackIsTriedAgainWithBackoffUntilItWorks() {
        var stage = goingBack()
        stage.failsToLaunch(0)
        stage.skip()
        stage.failsToLaunch(0)
        stage.expect("forget 0.6")
        stage.after(.seconds(1))
        stage.expect("launch 0.7 gen 1")
        stage.failsToLaunch(0)
        stage.after(.seconds(1))
        stage.expect("forget 0.7", "launch 0.8 gen 1")
        stage.rise(0)
        stage.expect("SIGINT 0.3")
        stage.exits(WorkerID(slot: 0, incarnation: 3))
        stage.expect("forget 0.3", "release gen 2")
        #expect(stage.pool.serving.map(\.generation) == [1, 1])
    }

    @Test func comingBackIsBoundByTheStartLimit() {
        var stage = Stage.serving(workers: 2) {
            $0.startLimitBurst = 2
            $0.startLimitInterval = .seconds(100)
            $0.restartDelay = .zero
        }
        stage.reload(to: .test(workers: 2))
        stage.rise(0)
        stage.exits(1)
        stage.failsToLaunch(0)
        stage.skip()
        stage.failsToLaunch(0)
        stage.expect("forget 0.6")
        #expect(stage.pool.statusLine.hasPrefix("gen 1: 2/2 ready, 1 draining, 1 resting"))
        stage.after(.milliseconds(99_999))
        stage.expect("kill 0.1")
        stage.after(.milliseconds(1))
        stage.expect("launch 0.7 gen 1")
    }

    @Test func aNewReloadCanReplaceAWorkerOfAFailedGeneration() {
        var stage = goingBack()
        stage.failsToLaunch(0)
        stage.skip()
        stage.reload(2, to: .test(workers: 2))
        stage.expect(
            "RELOADING=1", "read configuration 3", "“rolling out generation 3 in place of 1”",
            "“worker 0 of generation 1 is asked to stop: a newer rollout takes its place”",
            "SIGINT 0.6", "launch 0.7 gen 3",
            "“worker 0 started, generation 3: the rollout reached it”",
            hearing: [.deed, .word, .record])
        stage.rise(0)
        stage.expect("SIGINT 0.3", "launch 1.8 gen 3")
        stage.rise(1)
        stage.expect("SIGINT 1.2", "READY=1", "answer 2: replaced by gen 3")
    }

    @Test func ifThatOneFailsTooTheSettledGenerationIsStillTheOneToGoBackTo() {
        var stage = goingBack()
        stage.failsToLaunch(0)
        stage.reload(2, to: .test(workers: 2))
        stage.rise(0)
        stage.skip()
        stage.exits(1)
        stage.expect("forget 1.8", "launch 0.9 gen 1")
        #expect(stage.pool.settled == 1)
    }
}
