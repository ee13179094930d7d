// RecycleMemory=: a worker that has grown too large makes room, new first.

import PoolCore
import Testing

@Suite struct MemoryTests {
    private static let limit: UInt64 = 400 << 20

    private func serving(workers: Int = 1) -> Stage {
        var stage = Stage.serving(workers: workers) { $0.memoryLimit = Self.limit }
        stage.skip()
        return stage
    }

    private func measure(_ stage: inout Stage, _ id: WorkerID, _ megabytes: UInt64) {
        stage.tell(.memoryMeasured(id, megabytes << 20))
    }

    @Test func everyReadyWorkerIsMeasuredEveryFiveSeconds() {
        var stage = serving(workers: 2)
        stage.after(.seconds(4))
        stage.expect()
        stage.after(.seconds(6))
        stage.expect("measure 0.1+1.2", "measure 0.1+1.2")
    }

    @Test func withoutALimitNothingIsMeasuredAndNobodyIsWokenForIt() {
        let stage = Stage.serving()
        #expect(stage.pool.nextDeadline == nil)
    }

    @Test func threeMeasurementsInARowAboveTheLimitBringAFreshWorkerAndThenRetireTheOldOne() {
        var stage = serving()
        let old = stage.newest(0)
        measure(&stage, old, 412)
        measure(&stage, old, 500)
        stage.expect()
        measure(&stage, old, 412)
        stage.expect(
            "launch 0.2 gen 1",
            "“worker 0 started, generation 1: the one before has 412 MiB of memory, over 400 MiB”",
            hearing: [.deed, .record])
        stage.rise(0)
        stage.expect("SIGINT 0.1")
        #expect(stage.seat(0).restarts == 0)
    }

    @Test func oneMeasurementBelowTheLimitForgives() {
        var stage = serving()
        let old = stage.newest(0)
        for megabytes in [500, 500, 400, 500, 500] as [UInt64] {
            measure(&stage, old, megabytes)
        }
        stage.expect()
    }

    @Test func aRolloutComesFirstAndReplacesItAnyway() {
        var stage = serving(workers: 2)
        let heavy = stage.newest(1)
        stage.reload(to: .test(workers: 2) { $0.memoryLimit = Self.limit })
        stage.skip()
        for _ in 0..<3 { measure(&stage, heavy, 500) }
        stage.expect(hearing: [.deed])
    }

    @Test func noMoreThanTheSurgeAreReplacedAtATime() {
        var stage = serving(workers: 3)
        let all = (0..<3).map { stage.newest($0) }
        for _ in 0..<3 {
            for id in all { measure(&stage, id, 500) }
        }
        stage.expect("launch 0.4 gen 1")
        stage.rise(0)
        stage.expect("SIGINT 0.1", "launch 1.5 gen 1")
    }

    @Test func whatIsMeasuredOfSomebodyElseChangesNothing() {
        var stage = serving()
        for _ in 0..<3 { measure(&stage, WorkerID(slot: 0, incarnation: 99), 500) }
        stage.expect()
    }

    @Test func theStatusShowsWhatWasMeasured() {
        var stage = serving()
        measure(&stage, stage.newest(0), 12)
        #expect(stage.pool.status(at: stage.now).workers[0].ownMemory == 12 << 20)
    }

    @Test(arguments: [
        (UInt64(0), "0 B"), (1_023, "1023 B"), (1_536, "1.5 KiB"), (412 << 20, "412 MiB"),
        (UInt64(1) << 30, "1 GiB"), (.max, "16777215 TiB"),
    ])
    func bytesAreSpokenInTheLargestUnitThatFits(bytes: UInt64, text: String) {
        #expect(bytes.spokenBytes == text)
    }
}
