// Foreign text on its way to a terminal, a journal line or a status line.

extension String {
    /// Without control characters, line and paragraph separators and the marks that turn the
    /// direction of what follows; cut after so many characters (unicode scalars).
    package func withoutControlCharacters(limit: Int = .max) -> String {
        var result = String.UnicodeScalarView()
        var count = 0
        for scalar in unicodeScalars where count < limit && !scalar.movesOtherText {
            result.append(scalar)
            count += 1
        }
        return String(result)
    }
}

extension Unicode.Scalar {
    /// None of them is beyond U+FFFF.
    var movesOtherText: Bool {
        switch value {
        case 0x00...0x1f, 0x7f...0x9f: true
        case 0x2028...0x202e, 0x2066...0x2069, 0x200e, 0x200f, 0x061c: true
        default: false
        }
    }
}
