// Retiring and stopping: the ladder of signals, all at once, nothing left.

import PoolCore
import Testing

@Suite struct StopTests {
    @Test func stoppingIsSaidFirstAndAllAreAskedAtOnce() {
        var stage = Stage.serving(workers: 3)
        stage.stop()
        stage.expect(
            "STOPPING=1", "“stopping: 3 workers are asked to stop”",
            "“worker 0 of generation 1 is asked to stop: the pool stops”", "SIGINT 0.1",
            "“worker 1 of generation 1 is asked to stop: the pool stops”", "SIGINT 1.2",
            "“worker 2 of generation 1 is asked to stop: the pool stops”", "SIGINT 2.3",
            hearing: [.deed, .word, .record])
        stage.expectStatus("stopping: 3 draining")
        stage.exits(1, .exited(0))
        stage.exits(0, .signaled(.interrupt, coreDumped: false))
        stage.expect("forget 1.2", "forget 0.1")
        stage.exits(2, .exited(9))
        stage.expect("forget 2.3", "finish stopped")
        #expect(stage.pool.phase == .ended(.stopped))
        #expect(stage.pool.nextDeadline == nil)
        stage.expectStatus("the pool has stopped; nothing is left of it")
    }

    @Test func whoDoesNotGoInTimeIsKilledWithAllItsProcesses() {
        var stage = Stage.serving(workers: 2) { $0.stopTimeout = .seconds(10) }
        stage.stop()
        stage.exits(0)
        stage.skip()
        stage.after(.milliseconds(9_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("kill 1.2")
        stage.after(.seconds(1_000))
        stage.expect()
        stage.exits(1, .signaled(.kill, coreDumped: false))
        stage.expect("forget 1.2", "finish stopped")
    }

    @Test func aWorkerWithAChannelIsAskedThroughItBeforeAnySignal() {
        var stage = Stage.serving {
            $0.disconnects = true
            $0.killSignal = .terminate
            $0.finalKillSignal = .quit
            $0.stopTimeout = .seconds(10)
        }
        stage.stop()
        stage.after(.milliseconds(9_999))
        stage.expect("STOPPING=1", "disconnect 0.1")
        stage.after(.milliseconds(1))
        stage.expect("SIGTERM 0.1")
        stage.after(.seconds(10))
        stage.expect("SIGQUIT 0.1")
        stage.after(.seconds(10))
        stage.expect("kill 0.1")
        stage.exits(0, .signaled(.kill, coreDumped: false))
        stage.expect("forget 0.1", "finish stopped")
    }

    @Test func whoCanNotBeAskedGetsTheSignalAtOnce() {
        var stage = Stage.serving { $0.disconnects = true }
        stage.stop()
        stage.expect("STOPPING=1", "disconnect 0.1")
        stage.tell(.unreachable(stage.newest(0)))
        stage.expect(
            "SIGINT 0.1", "“worker 0 of generation 1 is sent SIGINT: its channel is closed”",
            hearing: [.deed, .word, .record])
        stage.tell(.unreachable(stage.newest(0)))
        stage.expect()
        stage.after(.seconds(10))
        stage.expect("kill 0.1")
    }

    @Test func whoeverTalksNonsenseIsNotAskedButReplaced() {
        var stage = Stage.serving { $0.disconnects = true }
        stage.says(0, .broken("sent something that is no JSON"))
        stage.expect("SIGINT 0.1", "launch 0.2 gen 1")
    }

    @Test func finalKillSignalIsARungOfItsOwn() {
        var stage = Stage.serving {
            $0.killSignal = .terminate
            $0.finalKillSignal = .quit
            $0.stopTimeout = .seconds(10)
        }
        stage.stop()
        stage.after(.milliseconds(9_999))
        stage.expect("STOPPING=1", "SIGTERM 0.1")
        stage.after(.milliseconds(1))
        stage.expect("SIGQUIT 0.1")
        stage.after(.milliseconds(9_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("kill 0.1")
    }

    @Test func eachRungIsRecordedWithTheTimeThatTheWorkerHad() {
        var stage = Stage.serving {
            $0.finalKillSignal = .quit
            $0.stopTimeout = .seconds(10)
        }
        stage.stop()
        stage.skip()
        stage.after(.seconds(20))
        stage.expect(
            "SIGQUIT 0.1",
            "“worker 0 of generation 1 is sent SIGQUIT: it did not stop within 10 s”", "kill 0.1",
            "“worker 0 of generation 1 and all its processes are killed: "
                + "it did not stop within 20 s”", hearing: [.deed, .record])
    }

    @Test func nothingFollowsTheEnd() {
        var stage = Stage.serving()
        stage.stop()
        stage.skip()
        stage.exits(0)
        stage.expect(
            "“worker 0 of generation 1 has left: it exited with status 1”", "forget 0.1",
            "“the pool has stopped; nothing is left of it”",
            "STATUS=the pool has stopped; nothing is left of it", "finish stopped",
            hearing: .everything)
    }

    @Test func aRetiredWorkerClimbsTheSameLadder() {
        var stage = Stage.serving {
            $0.finalKillSignal = .quit
            $0.stopTimeout = .seconds(3)
        }
        stage.reload(to: .test())
        stage.rise(0)
        stage.skip()
        stage.after(.seconds(3))
        stage.expect("SIGQUIT 0.1")
        stage.after(.seconds(3))
        stage.expect("kill 0.1")
        stage.exits(WorkerID(slot: 0, incarnation: 1), .signaled(.kill, coreDumped: false))
        stage.expect("forget 0.1", "release gen 1")
    }

    @Test func withoutAStopTimeoutAWorkerMayTakeForEver() {
        var stage = Stage.serving { $0.stopTimeout = nil }
        stage.stop()
        stage.skip()
        stage.after(.seconds(100_000))
        stage.expect()
        stage.stop()
        stage.expect("kill 0.1")
    }

    @Test func aWorkerMayAskForMoreTimeToStop() {
        var stage = Stage.serving { $0.stopTimeout = .seconds(10) }
        stage.stop()
        stage.skip()
        stage.after(.seconds(8))
        stage.says(0, .extendTimeout(.seconds(30)))
        stage.after(.milliseconds(29_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("kill 0.1")
    }

    @Test func aSecondStopKillsAllAtOnce() {
        var stage = Stage.serving(workers: 2)
        stage.stop()
        stage.skip()
        stage.after(.seconds(1))
        stage.stop()
        stage.expect(
            "kill 0.1",
            "“worker 0 of generation 1 and all its processes are killed: "
                + "a second stop was asked for”",
            "kill 1.2",
            "“worker 1 of generation 1 and all its processes are killed: "
                + "a second stop was asked for”", hearing: [.deed, .word, .record])
        stage.stop()
        stage.expect()
        stage.exits(0)
        stage.exits(1)
        stage.expect("forget 0.1", "forget 1.2", "finish stopped")
    }

    @Test func aSecondStopDoesNotKillTheKilledAgain() {
        var stage = Stage.serving(workers: 2) { $0.stopTimeout = .seconds(5) }
        stage.stop()
        stage.says(0, .extendTimeout(.seconds(60)))
        stage.after(.seconds(5))
        stage.skip()
        stage.stop()
        stage.expect("kill 0.1")
    }

    @Test func aWorkerThatSaysStoppingHasItsTimeToGo() {
        var stage = Stage.serving { $0.stopTimeout = .seconds(10) }
        stage.says(0, .stopping)
        stage.expect(
            "“worker 0 of generation 1 says that it is stopping”",
            "launch 0.2 gen 1",
            "“worker 0 started, generation 1: replaces one that said that it is stopping”",
            "STATUS=gen 1: 0/1 ready, 1 starting, 1 draining", hearing: .everything)
        stage.rise(0)
        stage.after(.milliseconds(9_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("kill 0.1")
    }

    @Test func itsExitIsNotASecondEnd() {
        var stage = Stage.serving()
        let leaving = stage.newest(0)
        stage.says(0, .stopping)
        stage.rise(0)
        stage.skip()
        stage.exits(leaving, .exited(3))
        stage.expect(
            "“worker 0 of generation 1 has left: it exited with status 3”", "forget 0.1",
            hearing: [.deed, .record])
        #expect(stage.seat(0).ends == 1)
    }

    @Test func aWorkerThatSaysStoppingWhileThePoolStopsChangesNothing() {
        var stage = Stage.serving()
        stage.stop()
        stage.skip()
        stage.says(0, .stopping)
        stage.says(0, .ready)
        stage.says(0, .heartbeat)
        stage.expect(hearing: .everything)
    }

    // MARK: A stop in each phase

    @Test func beforeTheStartThereIsNothingToStop() {
        var stage = Stage()
        stage.stop()
        stage.expect("STOPPING=1", "finish stopped")
        stage.start()
        stage.expect()
    }

    @Test func aReloadAskedForBeforeTheStartIsAnsweredByTheStop() {
        var stage = Stage()
        stage.reload(1)
        stage.stop()
        stage.expect("answer 1: refused, the pool is stopping", "STOPPING=1", "finish stopped")
    }

    @Test func whileThePoolStarts() {
        var stage = Stage(workers: 3)
        stage.start()
        stage.launched(0)
        stage.rise(1)
        stage.skip()
        stage.stop()
        stage.expect("STOPPING=1", "SIGINT 0.1", "SIGINT 1.2", "SIGINT 2.3")
        // The launch of the third one was under way, and fails only now.
        stage.failsToLaunch(2)
        stage.launched(0)
        stage.exits(0)
        stage.exits(1)
        stage.expect("forget 2.3", "forget 0.1", "forget 1.2", "finish stopped")
    }

    @Test func whileAllSlotsWaitThereIsNothingToWaitFor() {
        var stage = Stage.serving()
        stage.exits(0)
        stage.exits(0)
        stage.skip()
        stage.stop()
        stage.expect("STOPPING=1", "finish stopped")
    }

    @Test func whileTheConfigurationIsRead() {
        var stage = Stage.serving()
        stage.reload(1)
        stage.skip()
        stage.stop()
        stage.expect("STOPPING=1", "answer 1: refused, the pool is stopping", "SIGINT 0.1")
        stage.tell(.configurationRead(.test(workers: 5)))
        stage.tell(.configurationRefused("no"))
        stage.expect()
    }

    @Test func whileARolloutGoesForward() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2))
        stage.rise(0)
        stage.reload(2)
        stage.skip()
        stage.stop()
        // 0.1 was told to go before.
        stage.expect(
            "STOPPING=1", "answer 1+2: refused, the pool is stopping", "SIGINT 1.2", "SIGINT 0.3",
            "SIGINT 1.4")
        for worker in stage.pool.workers { stage.exits(worker.id) }
        #expect(stage.pool.phase == .ended(.stopped))
    }

    @Test func whileARolloutGoesBack() {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2))
        stage.rise(0)
        stage.exits(1)
        stage.skip()
        stage.stop()
        stage.expect(
            "STOPPING=1", "answer 1: refused, the pool is stopping", "SIGINT 1.2", "SIGINT 0.3",
            "SIGINT 0.5")
    }

    @Test func aReloadAskedForDuringTheStopFails() {
        var stage = Stage.serving()
        stage.stop()
        stage.skip()
        stage.reload(1)
        stage.reload()
        stage.expect("answer 1: refused, the pool is stopping")
        stage.exits(0)
        stage.skip()
        stage.reload(2)
        stage.expect("answer 2: refused, the pool has stopped")
    }

    @Test func nobodyIsLaunchedWhileStopping() {
        var stage = Stage.serving(workers: 3) { $0.stopTimeout = .seconds(10) }
        stage.exits(0)
        stage.exits(0)
        stage.stop()
        let launched = stage.launches.count
        stage.exits(1)
        stage.after(.seconds(100))
        stage.exits(2)
        #expect(stage.launches.count == launched)
        #expect(stage.pool.phase == .ended(.stopped))
    }
}
