// Where this program speaks to: standard output for what was asked, standard error for the rest.
// Invariant: foreign text reaches a terminal without control characters.

import LinuxKernel
import PoolWire

struct Console {
    /// The answer is read by a person at a terminal.
    let isTerminal: Bool
    /// And lines that were written can be written anew.
    let canRedraw: Bool
    let hasColours: Bool
    /// Something could not be written: the caller has not got what it asked for.
    private(set) var isBroken = false
    /// Lines that ``draw(_:)`` has left, the cursor in the last of them.
    private var drawn = 0

    init() {
        isTerminal = StandardStream.output.isTerminal
        canRedraw = isTerminal && OwnProcess.variable("TERM") != "dumb"
        hasColours = Colour.areWanted(on: .output)
    }

    mutating func write(_ bytes: some Sequence<UInt8>) {
        if !StandardStream.output.write(bytes) { isBroken = true }
    }

    mutating func say(_ line: String) { write("\(line)\n".utf8) }

    /// Lines in place of those that were drawn last; none takes them away. Only where ``canRedraw``.
    mutating func draw(_ lines: [String]) {
        var text = ""
        if drawn > 0 {
            // To the first of them, and away with all that follow.
            text += "\r" + (drawn > 1 ? "\u{1b}[\(drawn - 1)A" : "") + "\u{1b}[J"
        }
        // Without wrapping at the margin (DECAWM), so that a line stays one line.
        if !lines.isEmpty {
            text += "\u{1b}[?7l\(lines.joined(separator: "\r\n"))\u{1b}[?7h"
        }
        drawn = lines.count
        if !text.isEmpty { write(text.utf8) }
    }

    /// How many lines fit on the terminal.
    var room: Int { (TerminalSize.of(.output) ?? .usual).lines }

    /// What nobody asked for, and should know.
    func remark(_ line: String) { StandardStream.error.write("\(line)\n".utf8) }

    func complain(_ failure: Failure) {
        StandardStream.error.write("\(failure.sentence)\n".utf8)
    }
}

extension String {
    var withoutLineBreaks: String { withoutControlCharacters() }

    func inColour(_ colour: Colour?) -> String {
        colour?.around(self) ?? self
    }
}
