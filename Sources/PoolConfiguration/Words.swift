// Splits a value into words as systemd.syntax(7) and systemd.service(5) do: blanks separate, "…" and
// '…' hold together and may stand anywhere in a word, a backslash begins a C escape everywhere.
// Invariant: a word is valid UTF-8 without NUL. Where systemd warns of an escape that it doesn't
// know and takes it literally, this is an error.

struct Words {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) {
        rest = Array(text.utf8)[...].drop { $0.isBlank }
    }

    static func split(_ text: String) throws(InvalidValue) -> [String] {
        var words = Words(text)
        var result: [String] = []
        while let word = try words.next() { result.append(word) }
        return result
    }

    /// The next word without its quotes; `nil` at the end.
    mutating func next() throws(InvalidValue) -> String? {
        guard !rest.isEmpty else { return nil }
        var word: [UInt8] = []
        var quote: UInt8?
        while let byte = rest.popFirst() {
            if byte == .backslash {
                try appendEscape(to: &word)
            } else if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if quote == nil, byte.isBlank {
                break
            } else {
                word.append(byte)
            }
        }
        if let quote {
            throw InvalidValue("a quote \(Unicode.Scalar(quote)) is opened and never closed")
        }
        rest = rest.drop { $0.isBlank }
        guard let text = String(validating: word, as: UTF8.self) else {
            throw InvalidValue("the escapes in it don't make valid UTF-8")
        }
        return text
    }

    /// Whether a lone `;` comes next, which separates commands in systemd; takes it.
    mutating func takeSeparator() -> Bool { take([UInt8(ascii: ";")]) }

    /// Whether a lone `\;` comes next, the word ";"; takes it.
    mutating func takeEscapedSeparator() -> Bool { take([.backslash, UInt8(ascii: ";")]) }

    private mutating func take(_ word: [UInt8]) -> Bool {
        guard rest.starts(with: word), rest.dropFirst(word.count).first?.isBlank ?? true else {
            return false
        }
        rest = rest.dropFirst(word.count).drop { $0.isBlank }
        return true
    }

    private mutating func appendEscape(to word: inout [UInt8]) throws(InvalidValue) {
        guard let letter = rest.first else { throw InvalidValue("ends in a lone backslash") }
        if let plain = Self.plainEscapes[letter] {
            rest.removeFirst()
            word.append(plain)
            return
        }
        switch letter {
        case UInt8(ascii: "x"):
            rest.removeFirst()
            word.append(UInt8(truncatingIfNeeded: try number(digits: 2, base: 16)))
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            rest.removeFirst()
            let value = try number(digits: letter == UInt8(ascii: "u") ? 4 : 8, base: 16)
            guard let scalar = Unicode.Scalar(value) else {
                throw InvalidValue("\\\(Unicode.Scalar(letter)) names no Unicode character")
            }
            word.append(contentsOf: String(Character(scalar)).utf8)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            let value = try number(digits: 3, base: 8)
            guard value <= 0xff else { throw InvalidValue("an octal escape is at most \\377") }
            word.append(UInt8(truncatingIfNeeded: value))
        case UInt8(ascii: " "), UInt8(ascii: "\t"):
            throw InvalidValue("unknown escape: a blank in a word is written \\s or within quotes")
        default:
            let shown = letter < 0x80 ? " \"\\\(Unicode.Scalar(letter))\"".onOneLine : ""
            throw InvalidValue("unknown escape\(shown): a backslash is written \\\\")
        }
    }

    private static let plainEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10,
        UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11, UInt8(ascii: "s"): 32,
        .backslash: .backslash, UInt8(ascii: "\""): UInt8(ascii: "\""),
        UInt8(ascii: "'"): UInt8(ascii: "'"),
    ]

    private mutating func number(digits: Int, base: UInt32) throws(InvalidValue) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = rest.first?.digit(base: base) else {
                throw InvalidValue(
                    "an escape needs \(digits) \(base == 16 ? "hex" : "octal") digits")
            }
            rest.removeFirst()
            // Eight hex digits fill 32 bits and no more, so nothing is lost.
            value = value &* base &+ digit
        }
        guard value != 0 else { throw InvalidValue("a NUL can't be part of a word") }
        return value
    }
}

extension String {
    /// The words of a variable's value for `$FOO`: quotes removed, a backslash takes the next byte
    /// literally, and what is unbalanced is taken as it is (EXTRACT_RELAX in systemd).
    package var relaxedWords: [String] {
        var words: [[UInt8]] = []
        var word: [UInt8]?
        var quote: UInt8?
        var isEscaped = false
        for byte in utf8 {
            if isEscaped {
                word?.append(byte)
                isEscaped = false
            } else if quote == nil, byte.isBlank {
                if let complete = word { words.append(complete) }
                word = nil
            } else {
                if word == nil { word = [] }
                if byte == .backslash {
                    isEscaped = true
                } else if byte == quote {
                    quote = nil
                } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    quote = byte
                } else {
                    word?.append(byte)
                }
            }
        }
        if let complete = word { words.append(complete) }
        return words.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The text as one word of a value, in quotes if it needs them.
    package var quotedWord: String {
        let needsQuotes = utf8.contains {
            $0 <= 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'")
                || $0 == .backslash
        }
        guard needsQuotes || isEmpty || onOneLine != self else { return self }
        var result = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default: result += String(Character(scalar)).onOneLine
            }
        }
        return result + "\""
    }
}
