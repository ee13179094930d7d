// Time spans as systemd.time(7) writes them: `10s`, `1min 30s`, `1.5h`, a bare number of seconds,
// `infinity`.
// Invariant: a finite span fits in an Int64 of nanoseconds, so that later arithmetic can't overflow.

import PoolCore

package enum TimeSpan: Equatable, Sendable {
    case finite(Duration)
    case infinite

    package init(parsing text: String) throws(InvalidValue) {
        let words = text.trimmed
        if words == "infinity" {
            self = .infinite
            return
        }
        var reader = TimeSpanReader(words)
        self = .finite(.microseconds(try reader.microseconds()))
    }
}

/// Reads a sum of numbers with units.
private struct TimeSpanReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) {
        rest = Array(text.utf8)[...]
    }

    private static let unitsInMicroseconds: [(names: [String], factor: Int64)] = [
        (["usec", "us", "µs", "μs"], 1),
        (["msec", "ms"], 1_000),
        (["seconds", "second", "sec", "s"], 1_000_000),
        (["minutes", "minute", "min", "m"], 60_000_000),
        (["hours", "hour", "hr", "h"], 3_600_000_000),
        (["days", "day", "d"], 86_400_000_000),
        (["weeks", "week", "w"], 604_800_000_000),
        (["months", "month", "M"], 2_629_800_000_000),
        (["years", "year", "y"], 31_557_600_000_000),
    ]
    /// What an `Int64` of nanoseconds holds: about 292 years.
    private static let longest = Int64.max / 1_000
    private static let malformed = InvalidValue(
        "expects a time span such as 10s, 1min 30s or 500ms")
    private static let tooLong = InvalidValue(
        "is too long a time span; \"infinity\" means no limit")

    mutating func microseconds() throws(InvalidValue) -> Int64 {
        var sum: Int64 = 0
        skipBlanks()
        guard !rest.isEmpty else { throw Self.malformed }
        while !rest.isEmpty {
            let (total, overflow) = sum.addingReportingOverflow(try term())
            guard !overflow, total <= Self.longest else { throw Self.tooLong }
            sum = total
            skipBlanks()
        }
        return sum
    }

    /// One number with its unit.
    private mutating func term() throws(InvalidValue) -> Int64 {
        if rest.first == UInt8(ascii: "-") { throw InvalidValue("a time span is never negative") }
        let whole = digits()
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = digits()
            guard !fraction.isEmpty else { throw Self.malformed }
        }
        guard !whole.isEmpty || !fraction.isEmpty else { throw Self.malformed }
        let factor = try unit()
        guard let number = Int64(whole.isEmpty ? "0" : String(decoding: whole, as: UTF8.self))
        else {
            throw Self.tooLong
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow, product <= Self.longest else { throw Self.tooLong }
        return product + Self.part(fraction, of: factor)
    }

    /// The digits after the point, as systemd counts them: what is below a microsecond is dropped.
    private static func part(_ fraction: ArraySlice<UInt8>, of factor: Int64) -> Int64 {
        var weight = factor / 10
        var sum: Int64 = 0
        for byte in fraction {
            guard weight > 0 else { break }
            sum += Int64(byte - UInt8(ascii: "0")) * weight
            weight /= 10
        }
        return sum
    }

    private mutating func digits() -> ArraySlice<UInt8> {
        let digits = rest.prefix { $0.isDigit }
        rest = rest.dropFirst(digits.count)
        return digits
    }

    /// The unit after a number; a bare number is in seconds, also before another: `1 30` is 31 s.
    private mutating func unit() throws(InvalidValue) -> Int64 {
        let isBare = rest.first?.isBlank ?? true
        skipBlanks()
        let word = rest.prefix { $0.isLetter || $0 >= 0x80 }
        guard !word.isEmpty else {
            guard isBare else { throw Self.malformed }
            return 1_000_000
        }
        let name = String(decoding: word, as: UTF8.self)
        // Compared by bytes: the two micro signs are different letters.
        for (names, factor) in Self.unitsInMicroseconds
        where names.contains(where: { $0.utf8.elementsEqual(word) }) {
            rest = rest.dropFirst(word.count)
            return factor
        }
        throw InvalidValue(
            "has no time unit \"\(name.shortened(to: 20))\" (us, ms, s, min, h, d, w)")
    }

    private mutating func skipBlanks() {
        rest = rest.drop { $0.isBlank }
    }
}

extension Duration {
    /// The way systemd.time(7) writes it, exact to the microsecond: `1min 30s`, `500ms`, `0`.
    package var timeSpanText: String {
        var left = saturatingNanoseconds / 1_000
        guard left > 0 else { return "0" }
        var words: [String] = []
        for (unit, factor) in [
            ("w", 604_800_000_000), ("d", 86_400_000_000), ("h", 3_600_000_000),
            ("min", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1),
        ] as [(String, Int64)] where left >= factor {
            words.append("\(left / factor)\(unit)")
            left %= factor
        }
        return words.joined(separator: " ")
    }
}
