// What text looks like on this terminal: how wide it is, and what stands in for what it can't show.
// Invariant: what comes out has no control characters and is as wide as was asked for, or narrower.

import CNcurses
import PoolWire

package struct Typeface: Sendable {
    /// Whether characters beyond ASCII reach the terminal.
    package let isUnicode: Bool

    package init(isUnicode: Bool) {
        self.isUnicode = isUnicode
    }

    /// Takes UTF-8 whatever the environment says.
    ///
    /// - Returns: Whether there is such a locale.
    static func takeUnicode() -> Bool { martlet_locale_take_utf8() }

    var ellipsis: String { isUnicode ? "…" : "~" }
    var horizontal: Character { isUnicode ? "─" : "-" }
    var vertical: String { isUnicode ? "│" : "|" }
    /// Of a rollout's bar: what is replaced, what rises, what waits.
    var bar: (done: Character, rising: Character, waiting: Character) {
        isUnicode ? ("█", "▒", "·") : ("#", "+", ".")
    }

    /// The columns a text takes.
    ///
    /// - Parameter text: one that ``shown(_:)`` has given.
    ///
    /// The corresponding C function is `wcwidth(3)`.
    func width(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    private func width(_ scalar: Unicode.Scalar) -> Int {
        scalar.isASCII ? 1 : max(0, Int(martlet_character_width(scalar.value)))
    }

    /// The text as this terminal can show it.
    func shown(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) { return text }
        let clean = text.withoutControlCharacters()
        var result = String.UnicodeScalarView()
        for scalar in clean.unicodeScalars { result.append(isShown(scalar) ? scalar : "?") }
        return String(result)
    }

    private func isShown(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII || isUnicode && martlet_character_width(scalar.value) >= 0
    }

    /// Cut where it is wider than there is room; what was cut shows.
    func cut(_ text: String, to room: Int) -> String {
        guard room > 0 else { return "" }
        let text = shown(text)
        guard width(text) > room else { return text }
        var result = ""
        var used = 0
        for character in text {
            let width = width(String(character))
            guard used + width < room else { break }
            result.append(character)
            used += width
        }
        return result + ellipsis
    }

    /// Cut or filled up to exactly so many columns.
    func fit(_ text: String, to room: Int, atRight: Bool = false) -> String {
        let text = cut(text, to: room)
        let filling = String(repeating: " ", count: max(0, room - width(text)))
        return atRight ? filling + text : text + filling
    }
}
