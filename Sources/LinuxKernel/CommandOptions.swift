// The command lines of our programs, read the way everybody's are: getopt_long(3).
// Invariant: an option is known and complete, or the whole command line is refused.

@preconcurrency import CLinux
import Glibc

/// An option of a program.
package struct CommandOption: Sendable {
    /// Without its dashes.
    package let name: String
    /// One ASCII letter for the short form.
    package let letter: Character?
    package let takesValue: Bool

    package init(_ name: String, _ letter: Character? = nil, takesValue: Bool = false) {
        self.name = name
        self.letter = letter
        self.takesValue = takesValue
    }
}

/// A command line taken apart.
package struct CommandWords: Equatable, Sendable {
    /// Options in the order they came, by their long names; "" where they take no value.
    package var options: [(name: String, value: String)] = []
    /// What is no option.
    package var operands: [String] = []

    package static func == (left: CommandWords, right: CommandWords) -> Bool {
        left.operands == right.operands
            && left.options.elementsEqual(right.options) { $0 == $1 }
    }
}

/// Why a command line can't be taken.
package struct CommandRefused: Error, Equatable, Sendable {
    package let sentence: String
}

extension CommandWords {
    /// - Parameters:
    ///   - arguments: with the program's own name first.
    ///   - stopsAtOperand: Whether the first operand ends the options, as for env(1); otherwise
    ///     options and operands may be mixed. `--` ends the options in any case.
    ///
    /// The corresponding C function is `getopt_long(3)`; it keeps its state in globals, so this is
    /// for the start of a program's only thread.
    package init(
        _ arguments: [String], options known: [CommandOption], stopsAtOperand: Bool = false
    ) throws(CommandRefused) {
        var strings: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        let names = known.map { strdup($0.name) }
        let allocated = strings + names
        defer {
            for pointer in allocated { free(pointer) }
        }
        // Values above any letter, so that an option is known by its place in the table.
        var table = known.indices.map { index in
            option(
                name: names[index], has_arg: known[index].takesValue ? 1 : 0, flag: nil,
                val: Int32(256 + index))
        }
        table.append(option())
        // A leading colon tells a missing value from an unknown option.
        let letters = known.map {
            ($0.letter.map(String.init) ?? "") + ($0.letter != nil && $0.takesValue ? ":" : "")
        }
        let short = (stopsAtOperand ? "+:" : ":") + letters.joined()

        opterr = 0
        optind = 0
        while true {
            let found = getopt_long(Int32(arguments.count), &strings, short, table, nil)
            if found == -1 { break }
            guard let place = Self.place(of: found, in: known) else {
                throw Self.refusal(found, strings)
            }
            options.append((known[place].name, optarg.map { String(cString: $0) } ?? ""))
        }
        operands = strings[Int(optind)...].compactMap { $0.map { String(cString: $0) } }
    }

    private static func place(of found: Int32, in known: [CommandOption]) -> Int? {
        if found >= 256 { return Int(found) - 256 }
        return known.firstIndex { $0.letter?.asciiValue.map(Int32.init) == found }
    }

    private static func refusal(
        _ found: Int32, _ strings: [UnsafeMutablePointer<CChar>?]
    ) -> CommandRefused {
        let culprit =
            strings[max(1, min(Int(optind) - 1, strings.count - 2))]
            .map { String(cString: $0) } ?? ""
        let isValueMissing = found == Int32(UInt8(ascii: ":"))
        return CommandRefused(
            sentence: isValueMissing
                ? "the option \(culprit) needs a value"
                : "there is no option \(culprit), or it takes no value")
    }
}
