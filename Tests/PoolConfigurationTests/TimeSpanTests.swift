// Time spans against systemd.time(7); the cases were compared with systemd-analyze timespan.

import Testing

@testable import PoolConfiguration

@Suite struct TimeSpanTests {
    @Test(
        "a time span is a sum of numbers with units",
        arguments: [
            ("0", 0), ("50", 50_000_000), ("10s", 10_000_000), ("1min 30s", 90_000_000),
            ("1min30s", 90_000_000), ("500ms", 500_000), ("2h", 7_200_000_000),
            ("1 30", 31_000_000),
            ("1.5h", 5_400_000_000), ("0.25", 250_000), (".5s", 500_000), ("1us", 1),
            ("1µs", 1), ("1μs", 1), ("3usec", 3), ("1 sec", 1_000_000), ("2 seconds", 2_000_000),
            ("1m", 60_000_000), ("1M", 2_629_800_000_000), ("1w", 604_800_000_000),
            ("1y", 31_557_600_000_000), ("1d 1d", 172_800_000_000), ("  5  ms ", 5_000),
            ("1 .5", 1_500_000), ("0.0000001s", 0), ("55s500ms", 55_500_000),
            ("300ms20s 5day", 432_020_300_000), ("1month", 2_629_800_000_000), ("007", 7_000_000),
        ])
    func sums(text: String, microseconds: Int) throws {
        #expect(try TimeSpan(parsing: text) == .finite(.microseconds(microseconds)))
    }

    @Test("infinity is a time span, alone")
    func infinity() throws {
        #expect(try TimeSpan(parsing: " infinity ") == .infinite)
        #expect(throws: InvalidValue.self) { try TimeSpan(parsing: "infinity 5s") }
        #expect(throws: InvalidValue.self) { try TimeSpan(parsing: "Infinity") }
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", " ", "s", "10x", "10s foo", "-1", "5 -1", "1.", "1.s", "1..5", "12.34.56", "+5",
            "1,5s", "10 S", "10min;", "1_000", "١s", "1e3", "5s#", "\u{301}5s",
        ])
    func refusals(text: String) {
        #expect(throws: InvalidValue.self) { try TimeSpan(parsing: text) }
    }

    @Test(
        "a span beyond 292 years is refused, not wrapped",
        arguments: [
            "9223372036854775807", "9223372036854775808", "99999999999999999999999999s",
            "293y", "292y 292y", "9223372036854775807us", "9223372036854775us 1us 999999999y",
        ])
    func overflow(text: String) {
        #expect(throws: InvalidValue("is too long a time span; \"infinity\" means no limit")) {
            try TimeSpan(parsing: text)
        }
    }

    @Test("the longest span that is accepted survives being shown and read again")
    func longest() throws {
        let longest = Duration.microseconds(Int64.max / 1_000)
        #expect(try TimeSpan(parsing: "9223372036854775us") == .finite(longest))
        #expect(try TimeSpan(parsing: longest.timeSpanText) == .finite(longest))
    }

    @Test(
        "a span is shown in the fewest units, exact to the microsecond",
        arguments: [
            (0, "0"), (1, "1us"), (500_000, "500ms"), (90_000_000, "1min 30s"),
            (7_200_000_000, "2h"), (1_000_001, "1s 1us"),
            (788_645_001_001, "1w 2d 3h 4min 5s 1ms 1us"),
        ])
    func shown(microseconds: Int, text: String) throws {
        #expect(Duration.microseconds(microseconds).timeSpanText == text)
        #expect(try TimeSpan(parsing: text) == .finite(.microseconds(microseconds)))
    }
}
