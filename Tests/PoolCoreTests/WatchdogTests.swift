// Two watchdogs: each worker's, which the pool watches, and the unit's, which watches the pool.

import PoolCore
import Testing

@Suite struct WorkerWatchdogTests {
    private func serving(_ interval: Duration = .seconds(5)) -> Stage {
        .serving { $0.watchdogInterval = interval }
    }

    @Test func aSilentWorkerGetsItsSignalAndASuccessorAtOnceAndIsKilledInTheEnd() {
        var stage = serving()
        stage.after(.milliseconds(4_999))
        stage.expect(hearing: .everything)
        stage.after(.milliseconds(1))
        stage.expect(
            "“worker 0 of generation 1 hangs: it sent no heartbeat for 5 s”",
            "SIGABRT 0.1", "launch 0.2 gen 1",
            "“worker 0 started, generation 1: replaces one that sent no heartbeat for 5 s”",
            "STATUS=gen 1: 0/1 ready, 1 starting, 1 draining", hearing: .everything)
        let hung = WorkerID(slot: 0, incarnation: 1)
        stage.rise(0)
        stage.says(0, .watchdogInterval(.zero))
        stage.after(.milliseconds(9_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("kill 0.1")
        stage.exits(hung, .signaled(.kill, coreDumped: false))
        stage.expect("forget 0.1")
        stage.expectStatus("gen 1: 1/1 ready")
    }

    @Test func eachHeartbeatArmsItAnew() {
        var stage = serving()
        for _ in 0..<20 {
            stage.after(.milliseconds(4_999))
            stage.says(0, .heartbeat)
        }
        stage.expect()
        stage.after(.seconds(5))
        stage.expect("SIGABRT 0.1", "launch 0.2 gen 1")
    }

    @Test func aHeartbeatInTheLastMomentCounts() {
        var stage = serving()
        stage.stall(.seconds(5))
        stage.says(0, .heartbeat)
        stage.expect()
    }

    @Test func aMasterThatWasStalledReadsBeforeItJudges() {
        var stage = Stage.serving(workers: 3) { $0.watchdogInterval = .seconds(5) }
        stage.stall(.seconds(60))
        stage.read([
            .noticed(stage.newest(0), .heartbeat), .noticed(stage.newest(2), .heartbeat),
        ])
        stage.expect("SIGABRT 1.2", "launch 1.4 gen 1")
    }

    @Test func itIsArmedWhenTheWorkerIsReadyAndNotBefore() {
        var stage = Stage.serving(workers: 2) {
            $0.watchdogInterval = .seconds(5)
            $0.startTimeout = .seconds(100)
        }
        stage.says(1, .watchdogInterval(.zero))
        stage.exits(0)
        stage.launched(0)
        stage.skip()
        stage.after(.seconds(50))
        stage.expect()
        stage.says(0, .ready)
        stage.after(.milliseconds(4_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("SIGABRT 0.3")
    }

    @Test func withTypeExecItIsArmedByTheExec() {
        var stage = Stage.serving {
            $0.readiness = .exec
            $0.watchdogInterval = .seconds(5)
        }
        stage.after(.seconds(5))
        stage.expect("SIGABRT 0.1", "launch 0.2 gen 1")
    }

    @Test func watchdogUsecFromTheWorkerChangesTheInterval() {
        var stage = serving()
        stage.after(.seconds(4))
        stage.says(0, .watchdogInterval(.seconds(20)))
        stage.after(.milliseconds(19_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("SIGABRT 0.1", "launch 0.2 gen 1")
    }

    @Test func watchdogUsecBeforeReadinessIsKept() {
        var stage = Stage(workers: 1)
        stage.start()
        stage.says(0, .watchdogInterval(.seconds(2)))
        stage.rise(0)
        stage.skip()
        stage.after(.seconds(2))
        stage.expect("SIGABRT 0.1", "launch 0.2 gen 1")
    }

    @Test func watchdogUsecZeroSwitchesItOff() {
        var stage = serving()
        stage.says(0, .watchdogInterval(.zero))
        stage.after(.seconds(1_000))
        stage.says(0, .heartbeat)
        stage.after(.seconds(1_000))
        stage.expect()
    }

    @Test func aWorkerWithoutAWatchdogMaySayNothingForEver() {
        var stage = Stage.serving()
        stage.after(.seconds(1_000_000))
        stage.expect(hearing: .everything)
    }

    @Test func watchdogTriggerIsTrouble() {
        var stage = Stage.serving { $0.watchdogSignal = .quit }
        stage.says(0, .trouble)
        stage.expect(
            "“worker 0 of generation 1 hangs: it reported trouble (WATCHDOG=trigger)”",
            "SIGQUIT 0.1", "launch 0.2 gen 1",
            "“worker 0 started, generation 1: replaces one that reported trouble "
                + "(WATCHDOG=trigger)”",
            hearing: [.deed, .record])
    }

    @Test func aHangCountsAsAnEnd() {
        var stage = serving()
        stage.after(.seconds(5))
        stage.rise(0)
        stage.skip()
        stage.after(.seconds(5))
        stage.expect("SIGABRT 0.2")
        #expect(stage.seat(0).ends == 2)
        stage.after(.seconds(1))
        stage.expect("launch 0.3 gen 1")
    }

    @Test func aWorkerOnItsWayOutIsNotWatched() {
        var stage = Stage.serving {
            $0.watchdogInterval = .seconds(5)
            $0.stopTimeout = .seconds(100)
        }
        stage.stop()
        stage.skip()
        stage.says(0, .trouble)
        stage.says(0, .watchdogInterval(.seconds(1)))
        stage.says(0, .heartbeat)
        stage.after(.seconds(99))
        stage.expect(hearing: .everything)
    }
}

@Suite struct UnitWatchdogTests {
    @Test func aHeartbeatGoesOutWithReadinessAndEveryHalfIntervalAfterIt() {
        var stage = Stage(workers: 2, watchdog: .seconds(10))
        stage.start()
        stage.rise(0)
        stage.after(.seconds(20))
        stage.expect("launch 0.1 gen 1", "launch 1.2 gen 1", hearing: [.deed, .word, .heartbeat])
        stage.rise(1)
        stage.expect("READY=1", "WATCHDOG=1", hearing: [.deed, .word, .heartbeat])
        stage.after(.milliseconds(4_999))
        stage.expect(hearing: .everything)
        stage.after(.milliseconds(1))
        stage.expect("WATCHDOG=1", hearing: .everything)
        stage.after(.seconds(15))
        stage.expect("WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1", hearing: .everything)
    }

    @Test func otherEventsNeitherHastenNorDelayIt() {
        var stage = Stage.serving(watchdog: .seconds(10))
        for _ in 0..<49 {
            stage.after(.milliseconds(100))
            stage.says(0, .heartbeat)
        }
        stage.expect(hearing: [.heartbeat])
        stage.after(.milliseconds(100))
        stage.expect("WATCHDOG=1", hearing: [.heartbeat])
    }

    @Test func withoutAWatchdogThereIsNoHeartbeatAndNoDeadline() {
        let stage = Stage.serving()
        #expect(stage.pool.nextDeadline == nil)
    }

    @Test func itIsWithheldWhileNoWorkerServesAndSaidOnce() {
        var stage = Stage.serving(workers: 2, watchdog: .seconds(10)) {
            $0.startTimeout = nil
        }
        stage.exits(0)
        stage.exits(1)
        stage.skip()
        stage.after(.seconds(5))
        stage.expect(
            "“no worker is ready: the service manager's watchdog gets no heartbeat meanwhile”",
            hearing: [.heartbeat, .record])
        stage.after(.seconds(60))
        stage.expect(hearing: [.heartbeat, .record])
        stage.rise(1)
        stage.expect(
            "“worker 1 of generation 1 is ready after 1 min 5 s”", "WATCHDOG=1",
            hearing: [.heartbeat, .record])
        stage.after(.seconds(5))
        stage.expect("WATCHDOG=1", hearing: [.heartbeat, .record])
    }

    @Test func oneWorkerThatServesIsEnough() {
        var stage = Stage.serving(workers: 3, watchdog: .seconds(10)) { $0.startTimeout = nil }
        stage.exits(0)
        stage.exits(1)
        stage.skip()
        stage.after(.seconds(10))
        stage.expect("WATCHDOG=1", "WATCHDOG=1", hearing: [.heartbeat])
    }

    @Test func aWorkerThatOnlyDrainsDoesNotServe() {
        var stage = Stage.serving(watchdog: .seconds(10)) { $0.stopTimeout = nil }
        stage.says(0, .stopping)
        stage.skip()
        stage.after(.seconds(20))
        stage.expect(hearing: [.heartbeat])
    }

    @Test func itGoesOnDuringARollout() {
        var stage = Stage.serving(watchdog: .seconds(10))
        stage.reload(to: .test(settle: .seconds(20)))
        stage.rise(0)
        stage.skip()
        stage.after(.seconds(20))
        stage.expect(
            "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1", "READY=1", "WATCHDOG=1",
            hearing: [.heartbeat, .word])
    }

    @Test func itEndsWithTheStop() {
        var stage = Stage.serving(watchdog: .seconds(10)) { $0.stopTimeout = .seconds(100) }
        stage.stop()
        stage.skip()
        stage.after(.seconds(99))
        stage.expect(hearing: [.heartbeat])
    }
}
