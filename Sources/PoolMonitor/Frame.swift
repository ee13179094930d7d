// A screen's content before any terminal sees it.
// Invariant: nothing is written beyond the edges, whatever the layout asks for.

import LinuxKernel

/// How a text is meant; the terminal decides how that looks.
package struct Style: Hashable, Sendable {
    package enum Tone: Sendable {
        case plain, good, warning, bad, accent
    }

    package var tone = Tone.plain
    package var isBold = false
    package var isDim = false
    package var isReverse = false

    static let plain = Style()
    static let bold = Style(isBold: true)
    static let dim = Style(isDim: true)
    static let reverse = Style(isReverse: true)

    func chosen(_ isChosen: Bool) -> Style {
        var style = self
        if isChosen { style.isReverse = true }
        return style
    }
}

package struct Frame: Sendable {
    package struct Run: Hashable, Sendable {
        package let column: Int
        package let text: String
        package let style: Style
    }

    package let size: TerminalSize
    /// For each row, from left to right.
    package private(set) var rows: [[Run]]
    private let typeface: Typeface

    init(_ size: TerminalSize, _ typeface: Typeface) {
        self.size = size
        self.typeface = typeface
        rows = Array(repeating: [], count: max(0, size.lines))
    }

    /// - Parameter room: Columns the text may take; what it does not take stays as it is.
    /// - Returns: The column behind it.
    @discardableResult
    mutating func write(
        _ text: String, row: Int, column: Int, room: Int = .max, _ style: Style = .plain
    ) -> Int {
        guard rows.indices.contains(row), column >= 0, column < size.columns else { return column }
        let text = typeface.cut(text, to: min(room, size.columns - column))
        guard !text.isEmpty else { return column }
        rows[row].append(Run(column: column, text: text, style: style))
        return column + typeface.width(text)
    }

    /// A row from edge to edge in one style.
    mutating func fill(
        _ text: String, row: Int, column: Int = 0, room: Int = .max, _ style: Style
    ) {
        let room = min(room, size.columns - column)
        write(typeface.fit(text, to: room), row: row, column: column, room: room, style)
    }

    /// The screen without its styles, for people and tests: no spaces at a line's end. What was
    /// written later stands over what was written before.
    package var text: [String] {
        rows.map { runs in
            // A cell for each column; the second of a wide character's is empty.
            var cells: [String] = []
            for run in runs {
                var place = run.column
                for character in run.text {
                    let width = max(1, typeface.width(String(character)))
                    while cells.count < place + width { cells.append(" ") }
                    cells[place] = String(character)
                    for second in place + 1..<place + width { cells[second] = "" }
                    place += width
                }
            }
            var line = cells.joined()
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
