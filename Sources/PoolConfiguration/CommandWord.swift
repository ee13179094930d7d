// One word of a command line, with its variables: `$FOO` alone becomes the words of its value,
// `${FOO}` anywhere becomes its value, `$$` is a dollar sign, any other `$` within a word is itself.

enum CommandWord: Equatable, Sendable {
    enum Part: Equatable, Sendable {
        case text(String)
        case post
        case generation
        case variable(String)

        init(_ part: SpecifierText.Part) {
            switch part {
            case .text(let text): self = .text(text)
            case .post: self = .post
            case .generation: self = .generation
            }
        }
    }

    /// One argument.
    case joined([Part])
    /// As many arguments as the variable's value has words.
    case split(variable: String)

    init(parsing word: String, pool: String, substitutes: Bool) throws(InvalidValue) {
        guard substitutes else {
            self = .joined(try SpecifierText(parsing: word, pool: pool).parts.map(Part.init))
            return
        }
        if let name = try Self.loneVariable(word) {
            self = .split(variable: name)
            return
        }
        var parser = CommandWordParser(word, pool: pool)
        self = .joined(try parser.parts())
    }

    /// The name in a word that is `$NAME` and nothing else.
    private static func loneVariable(_ word: String) throws(InvalidValue) -> String? {
        let bytes = word.utf8
        guard bytes.first == UInt8(ascii: "$") else { return nil }
        let name = bytes.dropFirst()
        guard name.first != UInt8(ascii: "{"), name.first != UInt8(ascii: "$") else { return nil }
        guard EnvironmentName.isValid(name) else {
            throw InvalidValue(
                "\"\(word.shortened(to: 30))\" is no variable: write ${NAME} within a word, and $$ "
                    + "for a dollar sign")
        }
        return String(decoding: name, as: UTF8.self)
    }

    func resolve(post: Post, generation: Int, environment: [String: String]) -> [String] {
        switch self {
        case .split(let name): return environment[name]?.relaxedWords ?? []
        case .joined(let parts):
            let argument = parts.reduce(into: "") { result, part in
                switch part {
                case .text(let text): result += text
                case .post: result += "\(post)"
                case .generation: result += "\(generation)"
                case .variable(let name): result += environment[name] ?? ""
                }
            }
            return [argument]
        }
    }
}

/// Finds specifiers and `${NAME}` in a word.
private struct CommandWordParser {
    private var rest: ArraySlice<UInt8>
    private let pool: String
    private var literal: [UInt8] = []
    private var found: [CommandWord.Part] = []

    init(_ word: String, pool: String) {
        rest = Array(word.utf8)[...]
        self.pool = pool
    }

    mutating func parts() throws(InvalidValue) -> [CommandWord.Part] {
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                switch try SpecifierText.specifier(rest.popFirst(), pool: pool) {
                case .text(let text): literal += text.utf8
                case let part: append(CommandWord.Part(part))
                }
            case UInt8(ascii: "$"): try dollar()
            default: literal.append(byte)
            }
        }
        flush()
        return found
    }

    private mutating func dollar() throws(InvalidValue) {
        switch rest.first {
        case UInt8(ascii: "$"):
            rest.removeFirst()
            literal.append(UInt8(ascii: "$"))
        case UInt8(ascii: "{"):
            rest.removeFirst()
            guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
                throw InvalidValue("\"${\" is never closed; a dollar sign is written $$")
            }
            let name = rest[..<end]
            guard EnvironmentName.isValid(name) else {
                let shown = String(decoding: name, as: UTF8.self).shortened(to: 30)
                throw InvalidValue(
                    "\"${\(shown)}\" is no variable; a dollar sign is written $$")
            }
            rest = rest[rest.index(after: end)...]
            append(.variable(String(decoding: name, as: UTF8.self)))
        default: literal.append(UInt8(ascii: "$"))
        }
    }

    private mutating func append(_ part: CommandWord.Part) {
        flush()
        found.append(part)
    }

    private mutating func flush() {
        guard !literal.isEmpty else { return }
        found.append(.text(String(decoding: literal, as: UTF8.self)))
        literal = []
    }
}
