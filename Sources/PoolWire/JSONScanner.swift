// A look over JSON, byte after byte: whether it is some, and where the members of an object are.
// Invariant: whatever the bytes are, each is read once, and none outside of them; the first that
// RFC 8259 has no place for ends it.

struct JSONScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var place = 0
    private var depth = 0
    /// Of the outermost object.
    private(set) var members: [(name: Range<Int>, value: Range<Int>)] = []
    /// Whether a string has half of a surrogate pair. RFC 8259 has a form for that, JavaScript writes
    /// it, and no UTF-8 can have it.
    private(set) var hasHalfCharacter = false
    private var hasOtherThanASCII = false

    /// As deep as JSONDecoder goes.
    private static let deepest = 512

    /// - Returns: `nil` if it is no JSON, or of more than 512 levels.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        skipSpace()
        guard skipValue() else { return nil }
        skipSpace()
        guard place == bytes.count else { return nil }
        if hasOtherThanASCII, String(validating: bytes, as: UTF8.self) == nil { return nil }
    }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        place += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || (0x09...0x0d).contains(byte) {
            // 0x0b and 0x0c are none.
            if byte == 0x0b || byte == 0x0c { return }
            place += 1
        }
    }

    // MARK: Values

    private mutating func skipValue() -> Bool {
        switch next {
        case UInt8(ascii: "\""): skipString()
        case UInt8(ascii: "{"): skipNested(close: "}", Self.skipMember)
        case UInt8(ascii: "["): skipNested(close: "]", Self.skipElement)
        case UInt8(ascii: "t"): skipWord("true")
        case UInt8(ascii: "f"): skipWord("false")
        case UInt8(ascii: "n"): skipWord("null")
        default: skipNumber()
        }
    }

    private mutating func skipNested(
        close: Unicode.Scalar, _ skipPart: (inout JSONScanner) -> Bool
    ) -> Bool {
        guard depth < Self.deepest else { return false }
        place += 1
        depth += 1
        defer { depth -= 1 }
        skipSpace()
        if skip(close) { return true }
        repeat {
            skipSpace()
            guard skipPart(&self) else { return false }
            skipSpace()
        } while skip(",")
        return skip(close)
    }

    private static func skipElement(_ scanner: inout JSONScanner) -> Bool { scanner.skipValue() }

    private static func skipMember(_ scanner: inout JSONScanner) -> Bool {
        let start = scanner.place
        let isOutermost = scanner.depth == 1
        guard scanner.next == UInt8(ascii: "\""), scanner.skipString() else { return false }
        let name = start + 1..<scanner.place - 1
        scanner.skipSpace()
        guard scanner.skip(":") else { return false }
        scanner.skipSpace()
        let valueStart = scanner.place
        guard scanner.skipValue() else { return false }
        if isOutermost { scanner.members.append((name, valueStart..<scanner.place)) }
        return true
    }

    private mutating func skipWord(_ word: StaticString) -> Bool {
        guard bytes.holds(word, at: place) else { return false }
        place += word.utf8CodeUnitCount
        return true
    }

    // MARK: Numbers

    private mutating func skipNumber() -> Bool {
        _ = skip("-")
        if !skip("0") {
            guard skipDigits() else { return false }
        }
        if skip(".") {
            guard skipDigits() else { return false }
        }
        guard skip("e") || skip("E") else { return true }
        if !skip("+") { _ = skip("-") }
        return skipDigits()
    }

    private mutating func skipDigits() -> Bool {
        let start = place
        while let byte = next, (0x30...0x39).contains(byte) { place += 1 }
        return place > start
    }

    // MARK: Strings

    private mutating func skipString() -> Bool {
        place += 1
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard skipEscape() else { return false }
            case 0..<0x20: return false
            case 0x80...: hasOtherThanASCII = true
            default: break
            }
        }
        return false
    }

    private mutating func skipEscape() -> Bool {
        guard let letter = next else { return false }
        place += 1
        switch letter {
        case UInt8(ascii: "u"): break
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        default: return false
        }
        guard let unit = skipUnit() else { return false }
        if (0xdc00..<0xe000).contains(unit) { hasHalfCharacter = true }
        if (0xd800..<0xdc00).contains(unit) { skipLowerHalf() }
        return true
    }

    /// What follows the upper half of a pair, if it is the lower one; if not, the next round sees to it.
    private mutating func skipLowerHalf() {
        let start = place
        if skip("\\"), skip("u"), let unit = skipUnit(), (0xdc00..<0xe000).contains(unit) { return }
        place = start
        hasHalfCharacter = true
    }

    /// Four hexadecimal digits.
    private mutating func skipUnit() -> UInt16? {
        guard bytes.count - place >= 4 else { return nil }
        var unit: UInt16 = 0
        for byte in bytes[place..<place + 4] {
            guard let digit = byte.hexadecimalDigit else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        place += 4
        return unit
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the text stands there.
    func holds(_ text: StaticString, at place: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard self.count - place >= count else { return false }
        for index in 0..<count where self[place + index] != text.utf8Start[index] { return false }
        return true
    }
}

extension UInt8 {
    fileprivate var hexadecimalDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}
