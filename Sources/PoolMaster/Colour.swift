// Colours for a person at a terminal, and for nobody else.

import LinuxKernel

/// The SGR sequences of console_codes(4) that every terminal has.
package enum Colour: String {
    case bold = "1"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case magenta = "35"
    case cyan = "36"

    package func around(_ text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }

    /// Standard error is a terminal, and <https://no-color.org> is respected.
    package static var isWanted: Bool {
        StandardStream.error.isTerminal && (OwnProcess.variable("NO_COLOR") ?? "").isEmpty
            && OwnProcess.variable("TERM") != "dumb"
    }

    /// Neighbouring slots differ.
    static func ofSlot(_ slot: Int) -> Colour {
        let palette: [Colour] = [.cyan, .green, .yellow, .magenta, .blue]
        return palette[slot % palette.count]
    }
}
