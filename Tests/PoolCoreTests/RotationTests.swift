// Round-robin: fair, bounded, never spinning.

import PoolCore
import PoolSimulation
import Testing

@Suite struct RotationTests {
    private let now = Instant(nanoseconds: 0)

    private func rotation(_ takers: Int, mostInFlight: Int = 16) -> Rotation<Int> {
        var rotation = Rotation<Int>(mostInFlight: mostInFlight)
        for taker in 0..<takers { rotation.join(taker) }
        return rotation
    }

    @Test func eachHasItsTurn() {
        var rotation = rotation(3)
        #expect((0..<7).map { _ in rotation.pick(at: now) } == [0, 1, 2, 0, 1, 2, 0])
    }

    @Test func whoeverJoinsComesLastInTheRound() {
        var rotation = rotation(3)
        #expect(rotation.pick(at: now) == 0)
        rotation.join(3)
        rotation.join(3)
        #expect((0..<4).map { _ in rotation.pick(at: now) } == [1, 2, 0, 3])
    }

    @Test func whoeverLeavesTakesNobodysTurn() {
        var rotation = rotation(4)
        #expect((0..<2).map { _ in rotation.pick(at: now) } == [0, 1])
        rotation.leave(0)
        #expect((0..<3).map { _ in rotation.pick(at: now) } == [2, 3, 1])
        rotation.leave(1)
        rotation.leave(2)
        rotation.leave(3)
        rotation.leave(9)
        #expect(rotation.pick(at: now) == nil && rotation.isEmpty)
    }

    @Test func nobodyHasMoreInFlightThanItMay() {
        var rotation = rotation(2, mostInFlight: 2)
        #expect((0..<5).map { _ in rotation.pick(at: now) } == [0, 1, 0, 1, nil])
        #expect(rotation.nextDeadline(after: now) == nil)
        rotation.accepted(by: 1)
        #expect((0..<2).map { _ in rotation.pick(at: now) } == [1, nil])
    }

    @Test func whoeverRefusesIsLeftAloneForLongerEachTime() {
        var rotation = rotation(1)
        var now = now
        var rests: [Duration] = []
        for _ in 0..<9 {
            #expect(rotation.pick(at: now) == 0)
            rotation.refused(by: 0, at: now)
            #expect(!rotation.canPick(at: now))
            let end = rotation.nextDeadline(after: now) ?? now
            rests.append(end - now)
            now = end
        }
        let expected: [Int64] = [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000]
        #expect(rests == expected.map { .milliseconds($0) })
        #expect(rotation.pick(at: now) == 0)
        rotation.accepted(by: 0)
        #expect(rotation.pick(at: now) == 0)
        rotation.refused(by: 0, at: now)
        #expect(rotation.nextDeadline(after: now).map { $0 - now } == .milliseconds(10))
    }

    @Test func oneThatRefusesDoesNotHoldUpTheOthers() {
        var rotation = rotation(3)
        #expect(rotation.pick(at: now) == 0)
        rotation.refused(by: 0, at: now)
        #expect((0..<4).map { _ in rotation.pick(at: now) } == [1, 2, 1, 2])
        #expect(rotation.nextDeadline(after: now) == nil)
    }

    /// Whatever happens: nobody above its bound, and among those that were there and took what they
    /// got, no two differ by more than one.
    @Test(arguments: UInt64(1)...50)
    func noStoryIsUnfair(seed: UInt64) {
        var generator = Generator(seed: seed)
        var rotation = rotation(4)
        var given = [Int](repeating: 0, count: 4)
        var open: [Int] = []
        for _ in 0..<2_000 {
            if generator.next() % 2 == 0, let taker = rotation.pick(at: now) {
                given[taker] += 1
                open.append(taker)
            } else if !open.isEmpty {
                rotation.accepted(by: open.remove(at: Int(generator.next() % UInt64(open.count))))
            }
            let counts = (0..<4).map { taker in open.count { $0 == taker } }
            #expect(counts.allSatisfy { $0 <= 16 })
        }
        if open.count < 40 { #expect(given.max()! - given.min()! <= 1 + open.count) }
        for taker in open { rotation.accepted(by: taker) }
        let next = (0..<8).map { _ in rotation.pick(at: now) }
        #expect(Set(next[0..<4]) == Set(next[4..<8]) && Set(next).count == 4)
    }
}
