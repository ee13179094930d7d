// `StartLimitBurst=` and `StartLimitIntervalSec=`: a slot rests, and is never given up.

import PoolCore
import Testing

@Suite struct StartLimitTests {
    private func stage(burst: Int, interval: Duration) -> Stage {
        Stage.serving {
            $0.restartDelay = .zero
            $0.startLimitBurst = burst
            $0.startLimitInterval = interval
        }
    }

    @Test func theSlotRestsUntilTheWindowHasRoom() {
        var stage = stage(burst: 3, interval: .seconds(10))
        stage.after(.seconds(2))
        stage.exits(0)
        stage.after(.seconds(1))
        stage.exits(0)
        stage.after(.seconds(1))
        stage.skip()
        // Started at 0, 2 and 3.1 seconds; it is 4 now and the window opens at 10.
        stage.exits(0)
        stage.expect(
            "“worker 0 of generation 1 failed to start: it exited with status 1”", "forget 0.3",
            "“worker 0 was started 3 times within 10 s; it rests for 6 s and is then tried again”",
            hearing: [.deed, .record])
        stage.expectStatus("gen 1: 0/1 ready, 1 resting")
        stage.after(.milliseconds(5_999))
        stage.expect()
        stage.after(.milliseconds(1))
        stage.expect("launch 0.4 gen 1")
        // The window now holds 2, 3.1 and 10.
        stage.exits(0)
        stage.after(.seconds(2))
        stage.expect("forget 0.4", "launch 0.5 gen 1")
    }

    @Test func theSlotGoesOnForEver() {
        var stage = stage(burst: 2, interval: .seconds(10))
        for _ in 0..<50 {
            stage.exits(0)
            stage.after(.seconds(10))
        }
        #expect(stage.newest(0).incarnation == 51)
        #expect(stage.pool.phase == .serving)
        #expect(stage.pool.seats.count == 1)
    }

    @Test(arguments: 1...4)
    func noWindowHoldsMoreStartsThanTheBurst(burst: Int) {
        var stage = stage(burst: burst, interval: .seconds(10))
        for step in 0..<60 {
            stage.after(.milliseconds(Int64(step % 7) * 300))
            stage.exits(0)
            if stage.seat(0).pause != nil { stage.after(.seconds(10)) }
        }
        let starts = stage.launches.map(\.time)
        #expect(starts.count == 61)
        for (first, last) in zip(starts, starts.dropFirst(burst)) {
            #expect(last - first >= .seconds(10))
        }
    }

    @Test func aBurstOfZeroIsNoLimit() {
        var stage = stage(burst: 0, interval: .seconds(1_000))
        for _ in 0..<100 {
            stage.exits(0)
            stage.after(.seconds(1))
        }
        #expect(stage.newest(0).incarnation == 101)
    }

    @Test func anIntervalOfZeroIsNoLimit() {
        var stage = stage(burst: 1, interval: .zero)
        for _ in 0..<100 {
            stage.exits(0)
            stage.after(.seconds(1))
        }
        #expect(stage.newest(0).incarnation == 101)
    }

    @Test func theLongerOfBackoffAndLimitCounts() {
        var stage = Stage.serving {
            $0.restartDelay = .seconds(20)
            $0.startLimitBurst = 2
            $0.startLimitInterval = .seconds(10)
        }
        stage.exits(0)
        stage.exits(0)
        stage.after(.milliseconds(19_999))
        stage.expectStatus("gen 1: 0/1 ready, 1 waiting")
        stage.after(.milliseconds(1))
        #expect(stage.newest(0).incarnation == 3)
    }

    @Test func aRestingSlotComesFirstInAReloadAndDoesNotWait() {
        var stage = Stage.serving(workers: 2) {
            $0.startLimitBurst = 1
            $0.startLimitInterval = .seconds(100)
        }
        stage.exits(1)
        stage.expectStatus("gen 1: 1/2 ready, 1 resting")
        stage.skip()
        stage.reload(to: .test(workers: 2))
        stage.expect("RELOADING=1", "read configuration 2", "launch 1.3 gen 2")
    }
}
