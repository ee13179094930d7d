// Sizes as systemd writes them: `512M`, `1.5G`, a bare number of bytes, `infinity`; the factors are
// powers of 1024.
// Invariant: a size fits in a UInt64, and what is shown is read back as the same size.

enum ByteSize {
    private static let suffixes: [(letter: UInt8, factor: UInt64)] = [
        (UInt8(ascii: "B"), 1), (UInt8(ascii: "K"), 1 << 10), (UInt8(ascii: "M"), 1 << 20),
        (UInt8(ascii: "G"), 1 << 30), (UInt8(ascii: "T"), 1 << 40), (UInt8(ascii: "P"), 1 << 50),
    ]
    private static let malformed = InvalidValue("expects a size such as 512M or 1.5G")

    /// - Returns: Bytes, or `nil` for `infinity`.
    static func parse(_ text: String) throws(InvalidValue) -> UInt64? {
        if text == "infinity" { return nil }
        var digits = Array(text.utf8)[...]
        var factor: UInt64 = 1
        if let last = digits.last, let suffix = suffixes.first(where: { $0.letter == last }) {
            factor = suffix.factor
            digits.removeLast()
        }
        let parts = digits.split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = number(parts.first ?? []) else { throw malformed }
        guard let tail = parts.count == 2 ? fraction(parts[1], of: factor) : 0 else {
            throw malformed
        }
        let (product, isTooLarge) = whole.multipliedReportingOverflow(by: factor)
        let (bytes, isTooLargeNow) = product.addingReportingOverflow(tail)
        guard !isTooLarge, !isTooLargeNow, bytes < UInt64(Int64.max) else {
            throw InvalidValue("is too large; \"infinity\" means no limit")
        }
        return bytes
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard !digits.isEmpty, digits.allSatisfy(\.isDigit) else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self)) ?? .max
    }

    /// What the digits after the point are worth, rounded down.
    private static func fraction(_ digits: ArraySlice<UInt8>, of factor: UInt64) -> UInt64? {
        guard !digits.isEmpty, digits.count <= 6, let part = number(digits) else { return nil }
        let scale = digits.reduce(UInt64(1)) { scale, _ in scale * 10 }
        // Below 2^50 times 10^6: in two steps, so that it does not overflow.
        return factor / scale * part + factor % scale * part / scale
    }

    /// In the largest unit that leaves no rest.
    static func text(_ bytes: UInt64) -> String {
        let unit = suffixes.last { $0.factor > 1 && bytes > 0 && bytes % $0.factor == 0 }
        guard let unit else { return "\(bytes)" }
        return "\(bytes / unit.factor)\(Character(UnicodeScalar(unit.letter)))"
    }
}
