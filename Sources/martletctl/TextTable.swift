// Rows of text in columns for people.
// Invariant: a column is as wide as its widest cell, the last one apart; no line ends in a blank.

import LinuxKernel
import PoolWire

struct TextTable {
    struct Column {
        let title: String
        /// Numbers stand at the right, words at the left.
        var isNumber = false
    }

    struct Cell: Equatable {
        let text: String
        /// For terminals that have it.
        var colour: Colour?

        init(_ text: String, _ colour: Colour? = nil) {
            self.text = text.withoutControlCharacters()
            self.colour = colour
        }
    }

    let columns: [Column]
    let rows: [[Cell]]

    /// - Parameter hasHeader: Whether the titles come first.
    func lines(hasHeader: Bool, hasColours: Bool) -> [String] {
        let header = columns.map { Cell($0.title) }
        let shown = (hasHeader ? [header] : []) + rows
        let widths = columns.indices.map { index in
            shown.reduce(0) { max($0, $1[index].text.count) }
        }
        return shown.map { line($0, widths, hasColours) }
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ hasColours: Bool) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            // Nothing stands behind the last column, and one long line must not lengthen all.
            let isLast = index == cells.count - 1
            let filling = String(
                repeating: " ", count: isLast ? 0 : max(0, widths[index] - cell.text.count))
            let text = hasColours ? cell.text.inColour(cell.colour) : cell.text
            if index > 0 { line += "  " }
            line += columns[index].isNumber ? filling + text : text + filling
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
