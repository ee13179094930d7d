// RuntimeMaxSec=: a worker that has served its time makes room, new first.

import PoolCore
import Testing

@Suite struct LifetimeTests {
    private func serving(workers: Int) -> Stage {
        Stage.serving(workers: workers) { $0.lifetime = .seconds(100) }
    }

    @Test func theSuccessorIsReadyBeforeTheOldWorkerIsRetired() {
        var stage = serving(workers: 1)
        stage.skip()
        stage.after(.seconds(99))
        stage.expect()
        stage.after(.seconds(1))
        stage.expect("launch 0.2 gen 1")
        stage.rise(0)
        stage.expect("SIGINT 0.1")
        #expect(stage.seat(0).restarts == 0)
    }

    @Test func noMoreThanTheSurgeAreReplacedAtATime() {
        var stage = serving(workers: 3)
        stage.skip()
        stage.after(.seconds(100))
        stage.expect("launch 0.4 gen 1")
        stage.rise(0)
        stage.expect("SIGINT 0.1", "launch 1.5 gen 1")
    }

    @Test func aRolloutComesFirst() {
        var stage = serving(workers: 2)
        stage.reload(to: .test(workers: 2) { $0.startTimeout = nil })
        stage.skip()
        stage.after(.seconds(100))
        stage.expect(hearing: [.deed])
    }

    @Test func aSuccessorThatFailsIsTriedAgainWhileTheOldWorkerServes() {
        var stage = serving(workers: 1)
        stage.after(.seconds(100))
        stage.skip()
        stage.exits(0, .exited(1))
        stage.expect("forget 0.2", "launch 0.3 gen 1", hearing: [.deed])
        #expect(stage.pool.readySlots == 1)
    }

    @Test func aSuccessorThatIsLeftAloneIsJudgedByRestart() {
        var stage = Stage.serving(workers: 2) {
            $0.lifetime = .seconds(100)
            $0.restart = .no
        }
        stage.after(.seconds(100))
        stage.exits(WorkerID(slot: 0, incarnation: 1), .exited(1))
        stage.skip()
        stage.exits(WorkerID(slot: 0, incarnation: 3), .exited(1))
        stage.expect("forget 0.3", "launch 1.4 gen 1", hearing: [.deed])
        #expect(stage.seat(0).pause == .finished(clean: false))
    }

    @Test func aSuccessorThatIsLeftAloneUsesUpTheStartsOfAPoolThatStarts() {
        var stage = Stage(workers: 2) {
            $0.lifetime = .seconds(100)
            $0.startTimeout = nil
            $0.startLimitBurst = 1
        }
        stage.start()
        stage.rise(0)
        stage.after(.seconds(100))
        stage.exits(WorkerID(slot: 0, incarnation: 1), .exited(1))
        stage.exits(WorkerID(slot: 0, incarnation: 3), .exited(1))
        #expect(stage.pool.phase == .stopping(.neverReady))
    }

    @Test func chanceSpreadsWorkersThatWereStartedTogether() {
        func expiries(seed: UInt64) -> [Instant] {
            var policy = WorkerPolicy()
            policy.lifetime = .seconds(100)
            policy.lifetimeExtra = .seconds(50)
            policy.readiness = .exec
            var pool = Pool(
                policy: PoolPolicy(workers: 8, worker: policy), watchdogInterval: nil, seed: seed)
            let start = Instant(nanoseconds: 0)
            _ = pool.handle(.start, at: start)
            for worker in pool.workers { _ = pool.handle(.launched(worker.id), at: start) }
            return pool.workers.compactMap(\.expiresAt)
        }
        let drawn = expiries(seed: 1)
        #expect(Set(drawn).count == 8)
        #expect(drawn.allSatisfy { $0.nanoseconds >= 100_000_000_000 })
        #expect(drawn.allSatisfy { $0.nanoseconds < 150_000_000_000 })
        #expect(drawn == expiries(seed: 1))
        #expect(drawn != expiries(seed: 2))
    }
}
