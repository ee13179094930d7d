// The first generation: all rise together, READY=1 when all are ready, or the start fails.

import PoolCore
import Testing

@Suite struct StartTests {
    @Test func allWorkersRiseTogetherAndReadyIsSaidWhenAllAre() {
        var stage = Stage(workers: 3)
        stage.start()
        stage.expect("launch 0.1 gen 1", "launch 1.2 gen 1", "launch 2.3 gen 1")
        stage.rise(2)
        stage.rise(0)
        stage.expect()
        stage.expectStatus("gen 1: 2/3 ready, 1 starting")
        stage.launched(1)
        stage.expect()
        stage.says(1, .ready)
        stage.expect(
            "“worker 1 of generation 1 is ready after 0 ms”", "READY=1",
            "“the pool is ready: 3 workers of generation 1 after 0 ms”",
            "STATUS=gen 1: 3/3 ready", hearing: .everything)
        #expect(stage.pool.phase == .serving)
    }

    @Test func nothingHappensBeforeTheStartAndASecondStartChangesNothing() {
        var stage = Stage(workers: 1)
        stage.tell(.deadline)
        stage.tell(.exited(WorkerID(slot: 0, incarnation: 1), .exited(0)))
        stage.tell(.configurationRead(.test()))
        stage.expect()
        stage.start()
        stage.start()
        stage.expect("launch 0.1 gen 1")
    }

    @Test func typeExecIsReadyOnceExecSucceeded() {
        var stage = Stage { $0.readiness = .exec }
        stage.start()
        stage.skip()
        stage.launched(0)
        stage.expect("READY=1")
        stage.says(0, .ready)
        stage.expect()
    }

    @Test func typeNotifyIsNotReadyOnceExecSucceeded() {
        var stage = Stage { $0.readiness = .notify }
        stage.start()
        stage.launched(0)
        #expect(stage.pool.phase == .rising)
        stage.says(0, .heartbeat)
        stage.says(0, .status("warming up"))
        stage.says(0, .extendTimeout(.seconds(1)))
        #expect(stage.pool.phase == .rising)
        stage.says(0, .ready)
        #expect(stage.pool.phase == .serving)
    }

    @Test func readinessMayOvertakeTheNewsOfExec() {
        var stage = Stage(workers: 1)
        stage.start()
        stage.skip()
        stage.says(0, .ready)
        stage.expect("READY=1")
        stage.launched(0)
        stage.expect()
        stage.expectStatus("gen 1: 1/1 ready")
    }

    @Test func aWorkerThatIsNotReadyInTimeIsToldToGoAndThenKilled() {
        var stage = Stage.serving(workers: 2) {
            $0.startTimeout = .seconds(30)
            $0.stopTimeout = .seconds(10)
            $0.restartDelay = .seconds(60)
        }
        stage.exits(0)
        stage.launched(0)
        stage.skip()
        stage.after(.milliseconds(29_999))
        stage.expect(hearing: .everything)
        stage.after(.milliseconds(1))
        stage.expect(
            "“worker 0 of generation 1 failed to start: it was not ready within 30 s”",
            "SIGINT 0.3",
            "“worker 0 ended 2 times in a row within 30 s; the next start is in 1 min”",
            "STATUS=gen 1: 1/2 ready, 1 draining, 1 waiting", hearing: .everything)
        stage.after(.milliseconds(9_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect(
            "kill 0.3",
            "“worker 0 of generation 1 and all its processes are killed: "
                + "it did not stop within 10 s”", hearing: [.deed, .record])
        stage.exits(0, .signaled(.kill, coreDumped: false))
        stage.expect("forget 0.3")
    }

    @Test func theTimeoutRunsFromTheLaunchNotFromTheExec() {
        var stage = Stage.serving(workers: 2) { $0.startTimeout = .seconds(30) }
        stage.exits(0)
        stage.after(.seconds(20))
        stage.launched(0)
        stage.skip()
        stage.after(.seconds(10))
        stage.expect("SIGINT 0.3")
    }

    @Test func aWorkerWhoseExecNeverReportsIsGivenUpToo() {
        var stage = Stage.serving(workers: 2) { $0.startTimeout = .seconds(30) }
        stage.exits(0)
        stage.skip()
        stage.after(.seconds(30))
        stage.expect("SIGINT 0.3")
    }

    @Test func extendTimeoutMovesTheLimitFromTheMomentItIsAsked() {
        var stage = Stage.serving(workers: 2) { $0.startTimeout = .seconds(30) }
        stage.exits(0)
        stage.launched(0)
        stage.skip()
        stage.after(.seconds(25))
        stage.says(0, .extendTimeout(.seconds(20)))
        stage.after(.milliseconds(19_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("SIGINT 0.3")
    }

    @Test func extendTimeoutNeverShortensTheLimit() {
        var stage = Stage.serving(workers: 2) { $0.startTimeout = .seconds(30) }
        stage.exits(0)
        stage.launched(0)
        stage.skip()
        stage.says(0, .extendTimeout(.seconds(1)))
        stage.says(0, .extendTimeout(.seconds(-1_000)))
        stage.after(.milliseconds(29_999))
        stage.expect()
    }

    @Test func timeThatGoesBackStandsStill() {
        var stage = Stage.serving(workers: 2) { $0.startTimeout = .seconds(30) }
        stage.after(.seconds(100))
        stage.exits(0)
        stage.skip()
        stage.stall(.seconds(-90))
        stage.launched(0)
        stage.says(0, .extendTimeout(.seconds(40)))
        stage.after(.seconds(129))
        stage.expect()
        stage.after(.seconds(1))
        stage.expect("SIGINT 0.3")
    }

    @Test func oneExtensionIsAnHourAtMost() {
        var stage = Stage.serving(workers: 2) { $0.startTimeout = .seconds(30) }
        stage.exits(0)
        stage.launched(0)
        stage.skip()
        stage.says(0, .extendTimeout(.seconds(Int64.max)))
        stage.after(.milliseconds(3_599_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("SIGINT 0.3")
    }

    @Test func withoutAStartTimeoutAWorkerMayTakeForEver() {
        var stage = Stage.serving(workers: 2) { $0.startTimeout = nil }
        stage.exits(0)
        stage.launched(0)
        stage.skip()
        stage.says(0, .extendTimeout(.seconds(1)))
        stage.after(.seconds(1_000_000))
        stage.expect()
        stage.says(0, .ready)
        stage.expectStatus("gen 1: 2/2 ready")
    }

    // MARK: Starts that fail

    @Test func aStartThatHitsItsLimitFailsAndStopsEverything() {
        var stage = Stage(workers: 2) {
            $0.startLimitBurst = 2
            $0.startLimitInterval = .seconds(10)
        }
        stage.start()
        stage.rise(1)
        stage.exits(0)
        stage.skip()
        stage.exits(0)
        stage.expect(
            "“worker 0 of generation 1 failed to start: it exited with status 1”", "forget 0.3",
            "“the pool could not start: worker 0 exited with status 1, after 2 starts”",
            "STOPPING=1", "“stopping: 1 worker is asked to stop”",
            "“worker 1 of generation 1 is asked to stop: the pool stops”", "SIGINT 1.2",
            hearing: [.deed, .word, .record])
        #expect(stage.pool.phase == .stopping(.neverReady))
        stage.expectStatus(
            "stopping: 1 draining; start failed: worker 0 exited with status 1, after 2 starts")
        stage.exits(1, .exited(0))
        stage.expect("forget 1.2", "finish neverReady")
    }

    @Test func aStartWhoseWorkerIsNotReadyInTimeFailsAtOnce() {
        var stage = Stage(workers: 2) { $0.startTimeout = .seconds(30) }
        stage.start()
        stage.rise(1)
        stage.launched(0)
        stage.skip()
        stage.after(.seconds(30))
        stage.expect("SIGINT 0.1", "STOPPING=1", "SIGINT 1.2")
        #expect(stage.pool.phase == .stopping(.neverReady))
        #expect(stage.pool.lastFailure == "start failed: worker 0 was not ready within 30 s")
    }

    @Test func aStartThatFailsSlowlyEndsAfterAsManyTriesAsTheBurst() {
        var stage = Stage {
            $0.startLimitBurst = 3
            $0.startLimitInterval = .seconds(10)
        }
        stage.start()
        for _ in 0..<2 {
            stage.after(.seconds(20))
            stage.exits(0)
            #expect(stage.pool.phase == .rising)
        }
        stage.after(.seconds(20))
        stage.exits(0)
        #expect(stage.pool.phase == .ended(.neverReady))
    }

    @Test func aStartEndsAtOnceIfRestartWantsAWorkerNoMore() {
        var stage = Stage(workers: 2) { $0.restart = .onFailure }
        stage.start()
        stage.skip()
        stage.exits(0, .exited(0))
        stage.expect("forget 0.1", "STOPPING=1", "SIGINT 1.2")
        stage.exits(1, .exited(0))
        stage.expect("forget 1.2", "finish neverReady")
    }

    @Test func aLaunchTheKernelRefusesIsTriedAgainEvenWithRestartNo() {
        var stage = Stage { $0.restart = .no }
        stage.start()
        stage.skip()
        stage.failsToLaunch(0, .refused("no processes left"))
        stage.expect("forget 0.1", "launch 0.2 gen 1")
        stage.failsToLaunch(0, .refused("no processes left"))
        stage.expect(
            "“worker 0 of generation 1 failed to start: it could not be started: "
                + "no processes left”",
            "forget 0.2",
            "“worker 0 ended 2 times in a row within 0 ms; the next start is in 1 s”",
            hearing: [.deed, .record])
        stage.after(.seconds(1))
        stage.expect("launch 0.3 gen 1")
    }

    @Test func aWorkerThatDiesWhileOthersRiseIsReplacedBeforeReadyIsSaid() {
        var stage = Stage(workers: 2)
        stage.start()
        stage.rise(0)
        stage.exits(0)
        stage.skip()
        stage.rise(1)
        stage.expect()
        stage.rise(0)
        stage.expect("READY=1")
    }

    @Test func aWorkerThatSaysItIsStoppingWhileOthersRiseIsReplaced() {
        var stage = Stage(workers: 2)
        stage.start()
        stage.rise(0)
        stage.skip()
        stage.says(0, .stopping)
        stage.expect("launch 0.3 gen 1")
        #expect(stage.pool.phase == .rising)
    }

    @Test func aReloadAskedForWhileThePoolStartsIsTakenUpAfterIt() {
        var stage = Stage(workers: 2)
        stage.reload(1)
        stage.start()
        stage.reload(2)
        stage.rise(0)
        stage.skip()
        stage.rise(1)
        stage.expect("READY=1", "RELOADING=1", "read configuration 2")
        stage.tell(.configurationRefused("web.conf:3: no"))
        stage.expect("READY=1", "answer 1+2: refused, web.conf:3: no")
    }

    @Test func aReloadAskedForDuringAStartThatFailsIsAnswered() {
        var stage = Stage { $0.restart = .no }
        stage.start()
        stage.reload(1)
        stage.skip()
        stage.exits(0, .exited(1))
        stage.expect(
            "forget 0.1", "STOPPING=1", "answer 1: refused, the pool is stopping",
            "finish neverReady")
    }

    /// Found by simulation: the end of such a worker was recorded twice.
    @Test func aLaunchThatFailsAfterItWasGivenUpIsNoSecondEnd() {
        var stage = Stage.serving(workers: 2) { $0.startTimeout = .seconds(30) }
        stage.exits(0)
        let late = stage.newest(0)
        stage.after(.seconds(30))
        stage.skip()
        stage.tell(.launchFailed(late, .refused("no processes left")))
        stage.expect(
            "“worker 0 of generation 1 has left: it is gone”", "forget 0.3",
            hearing: [.deed, .record])
    }
}
