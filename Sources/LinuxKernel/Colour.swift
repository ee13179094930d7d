// Colours for a person at a terminal, and for nobody else.

/// The SGR sequences of console_codes(4) that every terminal has.
package enum Colour: String, Sendable {
    case bold = "1"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case magenta = "35"
    case cyan = "36"

    package func around(_ text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }

    /// The stream is a terminal that knows them, and <https://no-color.org> is respected.
    package static func areWanted(on stream: StandardStream) -> Bool {
        stream.isTerminal && (OwnProcess.variable("NO_COLOR") ?? "").isEmpty
            && OwnProcess.variable("TERM") != "dumb"
    }
}
