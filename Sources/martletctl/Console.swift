// Where this program speaks to: standard output for what was asked, standard error for the rest.
// Invariant: foreign text reaches a terminal without control characters.

import LinuxKernel
import PoolWire

struct Console {
    /// The answer is read by a person at a terminal.
    let isTerminal: Bool
    let hasColours: Bool
    /// Something could not be written: the caller has not got what it asked for.
    private(set) var isBroken = false

    init() {
        isTerminal = StandardStream.output.isTerminal && OwnProcess.variable("TERM") != "dumb"
        hasColours = Colour.areWanted(on: .output)
    }

    mutating func write(_ bytes: some Sequence<UInt8>) {
        if !StandardStream.output.write(bytes) { isBroken = true }
    }

    mutating func say(_ line: String) { write("\(line)\n".utf8) }

    /// A line in place of the last one; `nil` leaves none. For terminals only.
    mutating func redraw(_ line: String?) {
        // Without wrapping at the margin (DECAWM), so that the line stays one line.
        write("\r\u{1b}[K\(line.map { "\u{1b}[?7l\($0)\u{1b}[?7h" } ?? "")".utf8)
    }

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
