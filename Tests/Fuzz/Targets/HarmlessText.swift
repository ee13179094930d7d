// Whether text may stand in a line of a terminal or of the journal.

extension String {
    /// No control character, nothing that ends a line, nothing that turns the direction of what
    /// follows. Said here once more, by Unicode's own properties, and not with the product's list.
    var isHarmless: Bool { unicodeScalars.allSatisfy(\.isHarmless) }
}

extension Unicode.Scalar {
    fileprivate var isHarmless: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        default: !Self.turningMarks.contains(self)
        }
    }

    /// Bidi_Control.
    private static let turningMarks: Set<Unicode.Scalar> = [
        "\u{61c}", "\u{200e}", "\u{200f}", "\u{202a}", "\u{202b}", "\u{202c}", "\u{202d}",
        "\u{202e}", "\u{2066}", "\u{2067}", "\u{2068}", "\u{2069}",
    ]
}

func demandHarmless(_ text: String, _ what: @autoclosure () -> String) throws {
    try demand(text.isHarmless, "\(what()) has a control character: \(text.debugDescription)")
}
