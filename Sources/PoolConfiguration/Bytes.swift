// The bytes that systemd.syntax(7) gives a meaning, and the few operations on them.
// Bytes, not characters: a combining mark after "=" must not hide the "=".

extension UInt8 {
    static let backslash = UInt8(ascii: "\\")
    static let newline = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")

    var isBlank: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == .newline
            || self == .carriageReturn
    }

    /// Whether it opens a comment at the start of a line.
    var isCommentMark: Bool { self == UInt8(ascii: "#") || self == UInt8(ascii: ";") }

    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    var isLetter: Bool {
        let lower = self | 0x20
        return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
    }

    var isLetterOrDigit: Bool { isLetter || isDigit }

    /// The value of a digit in base 8, 10 or 16.
    func digit(base: UInt32) -> UInt32? {
        let value: UInt32
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(self) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = UInt32(self) - 0x61 + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): value = UInt32(self) - 0x41 + 10
        default: return nil
        }
        return value < base ? value : nil
    }
}

extension ArraySlice<UInt8> {
    /// Without blanks at both ends.
    var trimmed: ArraySlice<UInt8> {
        var slice = self
        while let first = slice.first, first.isBlank { slice.removeFirst() }
        while let last = slice.last, last.isBlank { slice.removeLast() }
        return slice
    }
}

extension String {
    /// Without blanks at both ends.
    var trimmed: String {
        guard let first = utf8.first, let last = utf8.last, first.isBlank || last.isBlank else {
            return self
        }
        return String(decoding: Array(utf8)[...].trimmed, as: UTF8.self)
    }

    /// The words between blanks, with no regard for quotes.
    var blankSeparated: [String] {
        utf8.split(whereSeparator: \.isBlank).map { String(decoding: $0, as: UTF8.self) }
    }
}
