// Time that saturates instead of overflowing, and durations as people write them.

import PoolCore
import Testing

@Suite struct InstantTests {
    private let start = Instant(nanoseconds: 0)
    private let first = Instant(nanoseconds: .min)
    private let last = Instant(nanoseconds: .max)

    @Test func instantsAndDurationsAddUp() {
        let instant = start + .seconds(3) + .milliseconds(-500)
        #expect(instant == Instant(nanoseconds: 2_500_000_000))
        #expect(instant - start == .milliseconds(2_500))
        #expect(start - instant == .milliseconds(-2_500))
        #expect(start < instant)
        #expect(!(instant < instant))
    }

    @Test func additionSaturatesAtBothEnds() {
        #expect(last + .nanoseconds(1) == last)
        #expect(first + .nanoseconds(-1) == first)
        #expect(start + .seconds(Int64.max) == last)
        #expect(start + .seconds(Int64.min) == first)
        #expect(last + .seconds(Int64.max) == last)
        #expect(first + .seconds(Int64.max) == Instant(nanoseconds: -1))
    }

    @Test func differencesSaturateAtBothEnds() {
        #expect(last - first == .nanoseconds(Int64.max))
        #expect(first - last == .nanoseconds(Int64.min))
        #expect(last - Instant(nanoseconds: -1) == .nanoseconds(Int64.max))
        #expect(start - first == .nanoseconds(Int64.max))
    }

    @Test func durationsAreClampedToNanosecondsThatFit() {
        #expect(Duration.seconds(Int64.max).saturatingNanoseconds == .max)
        #expect(Duration.seconds(Int64.min).saturatingNanoseconds == .min)
        #expect(Duration.seconds(9_223_372_036).saturatingNanoseconds == 9_223_372_036_000_000_000)
        #expect(Duration.seconds(9_223_372_037).saturatingNanoseconds == .max)
        #expect(Duration.seconds(-9_223_372_037).saturatingNanoseconds == .min)
        #expect(Duration.nanoseconds(Int64.max).saturatingNanoseconds == .max)
        #expect((Duration.nanoseconds(Int64.max) + .nanoseconds(1)).saturatingNanoseconds == .max)
        #expect(Duration.milliseconds(-1_500).saturatingNanoseconds == -1_500_000_000)
        #expect(
            Duration(secondsComponent: 0, attosecondsComponent: 999_999_999)
                .saturatingNanoseconds == 0)
    }

    @Test(arguments: [
        (Duration.zero, "0 ms"), (.nanoseconds(999_999), "0 ms"), (.milliseconds(350), "350 ms"),
        (.milliseconds(999), "999 ms"), (.seconds(1), "1 s"), (.milliseconds(1_049), "1 s"),
        (.milliseconds(1_600), "1.6 s"), (.milliseconds(9_999), "9.9 s"), (.seconds(10), "10 s"),
        (.milliseconds(12_900), "12 s"), (.milliseconds(59_999), "59 s"), (.seconds(60), "1 min"),
        (.seconds(125), "2 min 5 s"), (.seconds(3_599), "59 min 59 s"), (.seconds(3_600), "1 h"),
        (.seconds(3_659), "1 h"), (.seconds(5_400), "1 h 30 min"), (.seconds(86_400), "24 h"),
        (.seconds(Int64.max), "2562047 h 47 min"),
    ])
    func durationsAreSpokenAsPeopleWriteThem(duration: Duration, spoken: String) {
        #expect(duration.spoken == spoken)
    }
}
