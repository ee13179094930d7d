// The pool as people and programs see it: the status line, the snapshot, the journal's levels.

import PoolCore
import Testing

@Suite struct StatusTests {
    @Test func theLineIsSaidOnceUntilItChanges() {
        var stage = Stage.serving(workers: 2)
        stage.says(0, .heartbeat)
        stage.says(0, .status("busy"))
        stage.after(.seconds(100))
        stage.expect(hearing: [.status])
        stage.exits(0)
        stage.expect("STATUS=gen 1: 1/2 ready, 1 starting", hearing: [.status])
    }

    @Test func theLineCountsEveryKindOfSlot() {
        var stage = Stage.serving(workers: 5) {
            $0.restart = .onFailure
            $0.startLimitBurst = 3
            $0.startLimitInterval = .seconds(1_000)
            $0.stopTimeout = nil
        }
        stage.exits(0, .exited(0))
        stage.exits(1)
        stage.exits(1)
        for _ in 0..<2 { stage.exits(2) }
        stage.after(.seconds(1))
        stage.exits(2)
        stage.exits(1)
        stage.exits(3)
        stage.exits(3)
        stage.says(4, .trouble)
        stage.expectStatus(
            "gen 1: 0/5 ready, 1 starting, 1 draining, 1 waiting, 2 resting, 1 finished")
    }

    @Test func aSnapshotHasARowForEachWorkerAndEachEmptySlot() throws {
        var stage = Stage.serving(workers: 3) { $0.stopTimeout = .seconds(100) }
        stage.after(.seconds(10))
        stage.exits(1)
        stage.exits(1)
        stage.says(2, .stopping)
        stage.says(0, .status("busy"))
        stage.stall(.milliseconds(250))
        let status = stage.pool.status(at: stage.now)
        #expect(status.state == "serving")
        #expect(status.generation == 1)
        #expect(status.wanted == 3)
        #expect(status.ready == 1)
        #expect(status.status == stage.pool.statusLine)
        #expect(status.lastFailure == nil)
        #expect(status.workers.map(\.slot) == [0, 1, 2, 2])
        #expect(status.workers.map(\.state) == ["ready", "waiting", "stopping", "launching"])
        #expect(status.workers.map(\.role) == [.incumbent, nil, .leaver, .incumbent])
        #expect(status.workers.map(\.incarnation) == [1, nil, 3, 5])
        #expect(status.workers.map(\.uptimeSeconds) == [10.25, nil, 10.25, 0.25])
        #expect(status.workers.map(\.nextStartSeconds) == [nil, 0.75, nil, nil])
        #expect(status.workers.map(\.restarts) == [0, 1, 1, 1])
        #expect(status.workers[0].statusText == "busy")
        #expect(status.workers[1].lastReason == "exited with status 1")
        stage.says(0, .status(""))
        #expect(stage.pool.status(at: stage.now).workers[0].statusText == nil)
    }

    @Test func aSnapshotOfARolloutShowsHowFarItIs() throws {
        var stage = Stage.serving(workers: 3)
        stage.reload()
        #expect(stage.pool.status(at: stage.now).rollout?.stage == "reading")
        stage.tell(.configurationRead(.test(workers: 3)))
        stage.rise(0)
        stage.stall(.seconds(2))
        let status = stage.pool.status(at: stage.now)
        #expect(status.state == "reloading")
        #expect(status.generation == 2)
        let rollout = try #require(status.rollout)
        #expect(rollout.from == 1)
        #expect(rollout.to == 2)
        #expect(rollout.stage == "forward")
        #expect(rollout.replaced == 1)
        #expect(rollout.rising == [1])
        #expect(rollout.waiting == [2])
        #expect(rollout.secondsUnderWay == 2)
        stage.exits(1)
        #expect(stage.pool.status(at: stage.now).rollout?.stage == "back")
        #expect(stage.pool.status(at: stage.now).generation == 1)
    }

    @Test func restartsCountOnlyWorkersThatReplaceOneThatEnded() {
        var stage = Stage.serving(workers: 1)
        stage.reload(to: .test(workers: 2))
        stage.rise(0)
        stage.rise(1)
        #expect(stage.pool.seats.map(\.restarts) == [0, 0])
        stage.exits(1)
        #expect(stage.pool.seats.map(\.restarts) == [0, 1])
    }

    @Test func theStateFollowsThePhase() {
        var stage = Stage()
        #expect(stage.pool.status(at: stage.now).state == "starting")
        stage.start()
        #expect(stage.pool.status(at: stage.now).state == "starting")
        stage.rise(0)
        #expect(stage.pool.status(at: stage.now).state == "serving")
        stage.stop()
        #expect(stage.pool.status(at: stage.now).state == "stopping")
        #expect(
            stage.pool.status(at: stage.now).workers.map(\.lastReason) == ["the slot is closed"])
        stage.exits(0)
        #expect(stage.pool.status(at: stage.now).state == "ended")
    }

    @Test func slotsThatRestOrAreFinishedSaySo() {
        var stage = Stage.serving(workers: 2) {
            $0.restart = .onFailure
            $0.startLimitBurst = 1
            $0.startLimitInterval = .seconds(30)
        }
        stage.exits(0, .exited(0))
        stage.exits(1)
        let rows = stage.pool.status(at: stage.now).workers
        #expect(rows.map(\.state) == ["finished", "resting"])
        #expect(rows.map(\.nextStartSeconds) == [nil, 30])
    }

    @Test func everyRecordHasASentenceThatNamesItsSlotAndALevel() {
        let id = WorkerID(slot: 7, incarnation: 9)
        let records: [(Record, Record.Level)] = [
            (.workerStarted(id, 2, .replacement(of: .exited(.exited(1)), ends: 3)), .info),
            (.workerReady(id, 2, after: .seconds(1)), .info),
            (.workerGone(id, 2, .exited(0)), .info),
            (.workerExited(id, 2, .exited(1)), .warning),
            (.workerNeverReady(id, 2, .exited(.exited(1))), .warning),
            (.workerUnresponsive(id, 2, .trouble), .warning),
            (.workerLeaving(id, 2), .info),
            (.workerRetired(id, 2, .fewerWorkers), .info),
            (.workerKilled(id, 2, .kill, .secondStop), .warning),
            (.restartDelayed(7, ends: 2, within: .zero, delay: .seconds(1)), .warning),
            (.startLimitHit(7, starts: 5, interval: .seconds(10), rest: .seconds(3)), .warning),
            (.slotFinished(7, .exited(.exited(0))), .notice),
        ]
        for (record, level) in records {
            #expect(record.sentence.hasPrefix("worker 7 "))
            #expect(record.slot == 7)
            #expect(record.level == level)
        }
        #expect(records.prefix(9).allSatisfy { $0.0.worker == id && $0.0.generation == 2 })
        #expect(records.suffix(3).allSatisfy { $0.0.worker == nil && $0.0.generation == nil })
        #expect(records[2...4].map(\.0.exitStatus) == [.exited(0), .exited(1), .exited(1)])
        #expect(records.map(\.0.reason).filter { $0 == nil }.count == 1)
        #expect(Record.poolStartFailed("x").level == .error)
        #expect(Record.masterReplaced(.test(after: .zero, .death)).level == .warning)
        #expect(Record.masterReplaced(.test(after: .zero, .restart)).level == .notice)
        #expect(Record.masterReplaced(.test(after: .zero, .execution)).level == .notice)
        #expect(Record.rolloutFailed(2, "x").level == .error)
        #expect(Record.configurationRefused("x").level == .error)
        #expect(Record.poolStopped(.neverReady).sentence.contains("without having been ready"))
        #expect(Record.rolloutFailed(2, "the reason").reason == "the reason")
    }
}
