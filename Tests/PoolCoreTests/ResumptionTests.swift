// Another master takes the pool over: work goes on, nobody is late for the time in which nobody
// listened, and the service manager hears what it has to know.

import PoolCore
import Testing

@Suite struct ResumptionTests {
    private func reloading(_ policy: PoolPolicy = .test(workers: 2)) -> Stage {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: policy)
        stage.skip()
        return stage
    }

    // MARK: What is told

    @Test func aPoolThatServesIsReadyAtOnceAndNobodyIsTouched() {
        var stage = Stage.serving(workers: 2, watchdog: .seconds(10))
        stage.changeMasters(after: .milliseconds(612), watchdog: .seconds(10))
        stage.expect(
            "“the master before crashed, hung or was killed; 2 workers were taken back and served on, "
                + "nobody watched them for 612 ms”", "READY=1", "STATUS=gen 1: 2/2 ready",
            "WATCHDOG=1", hearing: .everything)
    }

    @Test(arguments: [
        (0, "no worker was left to be taken back"),
        (1, "1 worker was taken back and served on, nobody watched it for 2 s"),
        (3, "3 workers were taken back and served on, nobody watched them for 2 s"),
    ])
    func theJournalIsToldHowManyWereTakenBack(workers: Int, end: String) {
        let resumption = Resumption(cause: .restart, gap: .seconds(2), workers: workers)
        let record = Record.masterReplaced(resumption)
        #expect(record.sentence == "the master before was restarted; \(end)")
        #expect(record.reason == "the master before was restarted")
    }

    @Test func aPoolThatRisesIsReadyWhenItIs() {
        var stage = Stage(workers: 2)
        stage.start()
        stage.rise(0)
        stage.skip()
        stage.changeMasters(after: .seconds(1))
        stage.expect()
        stage.rise(1)
        stage.expect("READY=1")
    }

    @Test(arguments: [Resumption.Cause.death, .restart, .execution])
    func aRolloutIsToldAfterReadyAndGoesOnWhereItWas(cause: Resumption.Cause) {
        var stage = reloading()
        stage.rise(0)
        stage.exits(WorkerID(slot: 0, incarnation: 1))
        stage.skip()
        stage.changeMasters(after: .seconds(1), cause)
        stage.expect("READY=1", "RELOADING=1")
        stage.rise(1)
        stage.exits(WorkerID(slot: 1, incarnation: 2))
        stage.expect("SIGINT 1.2", "READY=1", "forget 1.2", "release gen 1")
        #expect(stage.pool.settled == 2)
    }

    @Test func aStopIsToldAfterReadyAndEnds() {
        var stage = Stage.serving()
        stage.stop()
        stage.skip()
        stage.changeMasters(after: .seconds(1))
        stage.expect("READY=1", "STOPPING=1")
        stage.exits(0, .unknown)
        stage.expect("forget 0.1", "finish stopped")
    }

    @Test func aStartThatFailedIsNeverCalledReady() {
        var stage = Stage(workers: 2)
        stage.start()
        stage.after(.seconds(30))
        stage.skip()
        stage.changeMasters(after: .seconds(1))
        stage.expect("STOPPING=1")
    }

    @Test func anEndThatMayHaveGoneUntoldIsToldAgain() {
        var stage = Stage.serving()
        stage.stop()
        stage.exits(0)
        stage.skip()
        stage.changeMasters(after: .seconds(1))
        stage.expect("READY=1", "STOPPING=1", "finish stopped")
    }

    @Test func aPromiseIsMadeAnewForTheTimeThatIsLeft() {
        var stage = Stage(workers: 1)
        stage.start()
        stage.after(.seconds(10))
        stage.skip()
        stage.changeMasters(after: .seconds(3))
        // 20 s were left of TimeoutStartSec=, and 5 s are the master's own.
        stage.expect("EXTEND_TIMEOUT 25 s", hearing: [.promise])
    }

    // MARK: Requests

    @Test func aVerdictIsGivenToNobodyAndTheNumberToAnother() {
        var stage = reloading(.test(workers: 1))
        stage.changeMasters(after: .seconds(1))
        stage.skip()
        stage.tell(.pauseRequested(1))
        stage.tell(.resumeRequested(2))
        stage.expect("answer 1: done", "answer 2: done")
        stage.rise(0)
        stage.expect("SIGINT 0.1", "SIGINT 1.2", "READY=1")
        #expect(stage.pool.settled == 2)
    }

    @Test func aReloadThatWaitedStaysWantedByNobody() {
        var stage = reloading()
        stage.reload(2)
        stage.changeMasters(after: .seconds(1))
        stage.skip()
        stage.exits(0)
        stage.expect(
            "forget 0.3", "READY=1", "RELOADING=1", "read configuration 3", "release gen 2")
        stage.tell(.configurationRefused("no"))
        stage.expect("READY=1")
    }

    @Test func freshWorkersComeEvenIfNobodyWaitsForThemAnyMore() {
        var stage = Stage.serving(workers: 2)
        stage.tell(.restartRequested(1, nil))
        stage.tell(.restartRequested(2, 1))
        stage.changeMasters(after: .seconds(1))
        stage.skip()
        stage.rise(0)
        stage.expect("SIGINT 0.1", "launch 1.4 gen 1")
        stage.rise(1)
        stage.expect("SIGINT 1.2")
        #expect(stage.pool.orders.isEmpty)
    }

    @Test func whatNobodyWaitsForFailsAlone() {
        var stage = Stage.serving(workers: 2)
        stage.tell(.restartRequested(1, 0))
        stage.tell(.restartRequested(2, 1))
        stage.changeMasters(after: .seconds(1))
        stage.skip()
        stage.exits(0)
        stage.expect("forget 0.3", "launch 1.4 gen 1")
        #expect(stage.pool.orders.count == 1)
    }

    // MARK: Time

    @Test func aWorkerThatIsWatchedHasItsWholeIntervalAnew() {
        var stage = Stage.serving { $0.watchdogInterval = .seconds(5) }
        stage.changeMasters(after: .seconds(60))
        stage.skip()
        stage.after(.milliseconds(4_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("SIGABRT 0.1", "launch 0.2 gen 1")
    }

    /// Ways to have ten seconds left.
    static let waits: [(name: String, stage: @Sendable () -> Stage, due: String)] = [
        (
            "launching",
            {
                var stage = Stage()
                stage.start()
                stage.after(.seconds(20))
                return stage
            }, "SIGINT 0.1"
        ),
        (
            "starting",
            {
                var stage = Stage()
                stage.start()
                stage.launched(0)
                stage.after(.seconds(20))
                return stage
            }, "SIGINT 0.1"
        ),
        (
            "disconnecting",
            {
                var stage = Stage.serving { $0.disconnects = true }
                stage.stop()
                return stage
            }, "SIGINT 0.1"
        ),
        (
            "stopping",
            {
                var stage = Stage.serving()
                stage.stop()
                return stage
            }, "kill 0.1"
        ),
        (
            "ending",
            {
                var stage = Stage.serving { $0.finalKillSignal = .quit }
                stage.stop()
                stage.after(.seconds(10))
                return stage
            }, "kill 0.1"
        ),
    ]

    @Test(arguments: waits.indices)
    func nobodyIsLateForTheTimeInWhichNobodyListened(index: Int) {
        let wait = Self.waits[index]
        var stage = wait.stage()
        #expect(stage.pool.workers.map(\.state.name) == [wait.name])
        stage.changeMasters(after: .seconds(60))
        stage.skip()
        stage.after(.milliseconds(9_999))
        stage.expect(hearing: [.deed])
        stage.after(.milliseconds(1))
        stage.expect(wait.due, hearing: [.deed])
    }

    @Test func whoeverMayTakeForEverStillMay() {
        var stage = Stage.serving { $0.stopTimeout = nil }
        stage.stop()
        stage.changeMasters(after: .seconds(60))
        stage.skip()
        stage.after(.seconds(3_600))
        stage.expect(hearing: [.deed])
    }

    @Test func aCandidateThatHasSettledMeanwhileTakesItsSlot() {
        var stage = reloading(.test(workers: 2, settle: .seconds(3)))
        stage.rise(0)
        stage.skip()
        stage.changeMasters(after: .seconds(3))
        stage.expect("READY=1", "RELOADING=1", "SIGINT 0.1", "launch 1.4 gen 2")
    }

    @Test func aPausedRolloutStaysPaused() {
        var stage = reloading()
        stage.tell(.pauseRequested(2))
        stage.rise(0)
        stage.exits(WorkerID(slot: 0, incarnation: 1))
        stage.changeMasters(after: .seconds(3))
        stage.skip()
        stage.after(.seconds(600))
        stage.expect()
        #expect(stage.pool.rollout?.isPaused == true)
        stage.tell(.resumeRequested(1))
        stage.expect("answer 1: done", "launch 1.4 gen 2")
    }

    @Test func aClockThatSeemsToRunBackwardsTakesNothingAway() {
        var stage = Stage.serving()
        stage.stop()
        stage.tell(.resumed(.test(after: .seconds(-60)), watchdogInterval: nil))
        stage.skip()
        stage.after(.milliseconds(9_999))
        stage.expect()
    }

    // MARK: What the master before may not have told

    @Test func theConfigurationIsReadAnewAndTakenOverOnce() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1)
        stage.skip()
        stage.changeMasters(after: .seconds(1))
        stage.expect("READY=1", "RELOADING=1", "read configuration 2")
        stage.tell(.configurationRead(.test(workers: 2)))
        stage.tell(.configurationRead(.test(workers: 9)))
        stage.expect("launch 0.3 gen 2")
        stage.tell(.configurationRefused("no"))
        stage.expect()
        #expect(stage.pool.policy(of: 2).workers == 2)
    }

    @Test func whoIsSaidToRunByBothMastersRunsOnce() {
        var stage = Stage.serving { $0.readiness = .exec }
        stage.tell(.launched(stage.newest(0)))
        stage.changeMasters(after: .seconds(1))
        stage.tell(.launched(stage.newest(0)))
        stage.expect("READY=1")
    }

    @Test func aHeldUpWorkerThatSpokeMeanwhileIsHeard() {
        var stage = Stage(workers: 1)
        stage.start()
        stage.launched(0)
        stage.changeMasters(after: .seconds(60))
        stage.skip()
        stage.says(0, .ready)
        stage.expect("READY=1")
    }

    // MARK: The unit's watchdog

    @Test func theUnitsWatchdogIsTheOneOfNow() {
        var stage = Stage.serving(watchdog: .seconds(10))
        stage.changeMasters(after: .seconds(1), watchdog: .seconds(4))
        stage.expect("WATCHDOG=1", hearing: [.heartbeat])
        stage.after(.seconds(4))
        stage.expect("WATCHDOG=1", "WATCHDOG=1", hearing: [.heartbeat])
        stage.changeMasters(after: .seconds(1))
        stage.after(.seconds(60))
        stage.expect(hearing: [.heartbeat])
    }

    @Test func aPoolThatDoesNotServeStillGetsNoHeartbeat() {
        var stage = Stage.serving(watchdog: .seconds(10))
        stage.exits(0)
        stage.after(.seconds(10))
        stage.skip()
        stage.changeMasters(after: .seconds(1), watchdog: .seconds(10))
        stage.expect(hearing: [.heartbeat])
        stage.rise(0)
        stage.expect("WATCHDOG=1", hearing: [.heartbeat])
    }
}
