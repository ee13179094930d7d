// The command of a worker or of the agent, as ExecStart= of systemd.service(5) writes it: words,
// specifiers, variables, the prefixes "@" and ":".
// Invariant: specifiers and variables were checked when the line was parsed; resolving can't fail.

/// What to execute, for each process to be resolved at its launch.
package struct WorkerCommand: Equatable, Sendable {
    /// As it stands in the file.
    package let written: String
    /// An absolute path, or a bare name to be looked for in `searchPath`.
    let program: SpecifierText
    /// The whole argument vector, the program's name first.
    let words: [CommandWord]

    /// Where systemd looks for a program that is given without a path.
    package static let searchPath = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]

    /// A command that is taken word by word as it is; at least one word.
    init(literal words: [String]) {
        written = words.map(\.quotedWord).joined(separator: " ")
        program = SpecifierText(literal: words.first ?? "")
        self.words = words.map { .joined([.text($0)]) }
    }

    init(parsing text: String, pool: String) throws(InvalidValue) {
        var reader = Words(text)
        guard let first = try reader.next() else { throw InvalidValue("expects a command") }
        let prefix = try CommandPrefix(of: first)
        let path = String(decoding: first.utf8.dropFirst(prefix.length), as: UTF8.self)
        written = text
        program = try Self.program(path, pool: pool)
        var words: [CommandWord] = []
        if !prefix.namesItself { words.append(.joined(program.parts.map(CommandWord.Part.init))) }
        while true {
            guard !reader.takeSeparator() else {
                let sentence = "runs one command; a lone \";\" is written \"\\;\""
                throw InvalidValue("a worker \(sentence)", ofAgent: "the agent \(sentence)")
            }
            if reader.takeEscapedSeparator() {
                words.append(.joined([.text(";")]))
            } else if let word = try reader.next() {
                words.append(
                    try CommandWord(
                        parsing: word, pool: pool, substitutes: prefix.substitutes))
            } else {
                break
            }
        }
        guard !words.isEmpty else {
            throw InvalidValue("the prefix \"@\" needs the program's own name as second word")
        }
        self.words = words
    }

    private static func program(_ path: String, pool: String) throws(InvalidValue) -> SpecifierText
    {
        let program = try SpecifierText(parsing: path, pool: pool)
        let example = program.expand(post: .slot(0), generation: 1)
        guard example.utf8.first != UInt8(ascii: "$") else {
            throw InvalidValue("the program itself can't come from a variable")
        }
        if example.utf8.first == UInt8(ascii: "/") {
            guard example.utf8.last != UInt8(ascii: "/") else {
                throw InvalidValue("\(example.shortened()) is a directory's name")
            }
        } else {
            let isName =
                !example.isEmpty && example.utf8.count <= 255 && example != "."
                && example != ".." && !example.utf8.contains(UInt8(ascii: "/"))
            guard isName else {
                throw InvalidValue(
                    "the program must be an absolute path, or a bare name to be found in "
                        + searchPath.joined(separator: ":"))
            }
        }
        return program
    }

    /// The command of one process.
    ///
    /// - Parameter environment: All variables it will have.
    package func resolve(
        post: Post, generation: Int, environment: [String: String]
    ) -> ResolvedCommand {
        ResolvedCommand(
            program: program.expand(post: post, generation: generation),
            arguments: words.flatMap {
                $0.resolve(post: post, generation: generation, environment: environment)
            })
    }
}

/// What exec(3) takes.
package struct ResolvedCommand: Equatable, Sendable {
    /// An absolute path or a bare name; from a command line also a relative path.
    package let program: String
    /// The argument vector from the program's own name on; empty only if a variable made it so.
    package let arguments: [String]
}

/// The letters before the program that change how it is run.
private struct CommandPrefix {
    /// "@": the second word is what the program sees as its own name.
    var namesItself = false
    /// Not ":", which switches variables off.
    var substitutes = true
    var length = 0

    init(of word: String) throws(InvalidValue) {
        for byte in word.utf8 {
            switch byte {
            case UInt8(ascii: "@") where !namesItself: namesItself = true
            case UInt8(ascii: ":") where substitutes: substitutes = false
            case UInt8(ascii: "-"):
                throw InvalidValue(
                    "the prefix \"-\" is not supported: name the ends that count as success in "
                        + "SuccessExitStatus=")
            case UInt8(ascii: "+"), UInt8(ascii: "!"):
                let refusal = "the prefix \"\(Unicode.Scalar(byte))\" is not supported"
                throw InvalidValue(
                    "\(refusal): workers have the privileges of their pool, set in [Service]",
                    ofAgent:
                        "\(refusal): the agent has the privileges of its pool, set in [Service]")
            case UInt8(ascii: "|"):
                throw InvalidValue(
                    "the prefix \"|\" is not supported: for a shell write /bin/sh -c \"…\"")
            default: return
            }
            length += 1
        }
    }
}
