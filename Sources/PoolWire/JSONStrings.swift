// What is seen to before JSONDecoder gets foreign bytes.
// Invariant: whatever passes has strings, members' names among them, that can be decoded.
//
// FoundationEssentials looks at a member's name with `try!`: as of Swift 6.0, which Debian 13
// builds with, a byte that is no UTF-8 in one ends the process. A client must not be able to do
// that to a master.

package enum JSONStrings {
    /// Whether the text is UTF-8, and each string in it well-formed as RFC 8259 has it.
    package static func areSound(in text: [UInt8]) -> Bool {
        guard String(validating: text, as: UTF8.self) != nil else { return false }
        var rest = text[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "\"")) {
            rest = rest[(start + 1)...]
            guard skipString(&rest) else { return false }
        }
        return true
    }

    /// Skips what follows an opening quotation mark, up to and with the closing one.
    private static func skipString(_ rest: inout ArraySlice<UInt8>) -> Bool {
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard skipEscape(&rest) else { return false }
            case 0..<0x20: return false
            default: break
            }
        }
        return false
    }

    private static func skipEscape(_ rest: inout ArraySlice<UInt8>) -> Bool {
        guard let letter = rest.popFirst() else { return false }
        guard letter == UInt8(ascii: "u") else { return "\"\\/bfnrt".utf8.contains(letter) }
        guard let unit = popUnit(&rest) else { return false }
        switch unit {
        case 0xd800..<0xdc00:
            // Half of a pair; the other half has to follow.
            guard rest.starts(with: "\\u".utf8) else { return false }
            rest.removeFirst(2)
            return popUnit(&rest).map { (0xdc00..<0xe000).contains($0) } ?? false
        case 0xdc00..<0xe000: return false
        default: return true
        }
    }

    /// Four hexadecimal digits.
    private static func popUnit(_ rest: inout ArraySlice<UInt8>) -> UInt16? {
        let digits = rest.prefix(4)
        rest = rest.dropFirst(4)
        // The initialiser takes a sign, too.
        guard digits.count == 4, digits.first != UInt8(ascii: "+"),
            digits.first != UInt8(ascii: "-")
        else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
