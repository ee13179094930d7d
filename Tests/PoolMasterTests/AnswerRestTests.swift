// How long answers of workers wait to be read, and whether connections come one by one.

import PoolCore
import Testing

@testable import PoolMaster

@Suite("Rests between answers") struct AnswerRestTests {
    @Test func theRestGrowsWhileWorkersHaveEnoughAndShrinksWhenTheyRunShort() {
        var rest = AnswerRest()
        let first = rest.duration(isWaitedFor: true)
        rest.adapt(fewest: 8, of: 16)
        #expect(rest.duration(isWaitedFor: true) == first * 2)
        rest.adapt(fewest: 4, of: 16)
        #expect(rest.duration(isWaitedFor: true) == first * 2)
        rest.adapt(fewest: 3, of: 16)
        #expect(rest.duration(isWaitedFor: true) == first)
    }

    @Test func theRestHasBounds() {
        var rest = AnswerRest()
        for _ in 0..<100 { rest.adapt(fewest: 16, of: 16) }
        #expect(rest.duration(isWaitedFor: true) == AnswerRest.longest)
        for _ in 0..<100 { rest.adapt(fewest: 0, of: 16) }
        #expect(rest.duration(isWaitedFor: true) == AnswerRest.shortest)
        #expect(rest.duration(isWaitedFor: false) == AnswerRest.longest)
    }

    private func instant(_ microseconds: Int64) -> Instant {
        Instant(nanoseconds: microseconds * 1_000)
    }

    @Test func connectionsComeOneByOneOnceOneCameAloneAndAfterAWhile() {
        var pace = ArrivalPace()
        #expect(!pace.isOneByOne(at: instant(0)))
        pace.came(1, at: instant(0))
        #expect(!pace.isOneByOne(at: instant(100)))
        #expect(pace.isOneByOne(at: instant(101)))
        pace.came(2, at: instant(500))
        #expect(!pace.isOneByOne(at: instant(1_000)))
        pace.came(0, at: instant(1_500))
        #expect(!pace.isOneByOne(at: instant(2_000)))
    }
}
