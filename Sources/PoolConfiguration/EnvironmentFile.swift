// Environment files as systemd.exec(5) has them: NAME=value lines, comments with "#" or ";", quotes,
// backslash at the line's end to go on; nothing is expanded.
// Where systemd ignores a line it can't use, this is an error with its place.

/// One path of `EnvironmentFile=`.
package struct EnvironmentFile: Equatable, Sendable {
    package let path: String
    /// Whether it may be missing, written `-/path`.
    package let isOptional: Bool
    package let origin: Origin

    init(parsing text: String, pool: String, origin: Origin) throws(InvalidValue) {
        isOptional = text.utf8.first == UInt8(ascii: "-")
        let written = try SpecifierText(
            parsing: isOptional ? String(decoding: text.utf8.dropFirst(), as: UTF8.self) : text,
            pool: pool)
        guard written.isConstant else {
            throw InvalidValue(
                "the file is read once for all workers: %w and %g have no value here",
                ofAgent: "the file is read before there is an agent: %w and %g have no value here")
        }
        path = written.expand(post: .slot(0), generation: 0)
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw InvalidValue("expects an absolute path")
        }
        guard !path.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") })
        else {
            throw InvalidValue("wildcards are not supported: name each file in a line of its own")
        }
        self.origin = origin
    }

    /// The value that `init(parsing:)` reads back.
    var pathText: String { (isOptional ? "-" : "") + SpecifierText(literal: path).written }
}

/// Reads the text of an environment file; the states are systemd's (env-file.c).
struct EnvironmentFileReader {
    private enum State {
        case beforeName, name, beforeValue, value, valueEscape, singleQuoted, doubleQuoted
        case doubleQuotedEscape, comment
    }

    private let file: String
    private let program: Program
    private var state = State.beforeName
    private var line = 1
    private var nameLine = 1
    private var name: [UInt8] = []
    private var value: [UInt8] = []
    /// Where the blanks at the end of the value begin; they don't belong to it.
    private var valueEnd: Int?
    private(set) var assignments: [EnvironmentAssignment] = []
    private(set) var problems: [ConfigurationProblem] = []

    init(_ bytes: [UInt8], file: String, of program: Program = .worker) {
        self.file = file
        self.program = program
        let content =
            bytes.starts(with: ConfigurationLines.byteOrderMark) ? bytes[3...] : bytes[...]
        var previous: UInt8 = 0
        for byte in content {
            take(byte)
            if byte == .carriageReturn || (byte == .newline && previous != .carriageReturn) {
                line += 1
            }
            previous = byte
            if problems.hasEnough(of: file) { return }
        }
        finish()
    }

    private mutating func take(_ byte: UInt8) {
        let isLineEnd = byte == .newline || byte == .carriageReturn
        switch state {
        case .comment: if isLineEnd { state = .beforeName }
        case .beforeName: beginName(byte)
        case .name:
            if isLineEnd {
                refuse(nameLine, "no \"=\" in the line; expects NAME=value")
                state = .beforeName
            } else if byte == UInt8(ascii: "=") {
                state = .beforeValue
            } else {
                name.append(byte)
            }
        case .beforeValue:
            if isLineEnd { push() } else { beginValue(byte) }
        case .value:
            if isLineEnd { push() } else { goOn(byte) }
        case .valueEscape:
            // A line's end that is escaped vanishes.
            if !isLineEnd { value.append(byte) }
            state = .value
        case .singleQuoted:
            if byte == UInt8(ascii: "'") { state = .beforeValue } else { value.append(byte) }
        case .doubleQuoted:
            switch byte {
            case UInt8(ascii: "\""): state = .beforeValue
            case .backslash: state = .doubleQuotedEscape
            default: value.append(byte)
            }
        case .doubleQuotedEscape:
            state = .doubleQuoted
            if "\"\\`$".utf8.contains(byte) {
                value.append(byte)
            } else if byte != .newline {
                // A shell keeps the backslash before any other character.
                value += [.backslash, byte]
            }
        }
    }

    private mutating func beginName(_ byte: UInt8) {
        if byte.isCommentMark {
            state = .comment
        } else if !byte.isBlank {
            (name, value, valueEnd, nameLine) = ([byte], [], nil, line)
            state = .name
        }
    }

    private mutating func beginValue(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "'"): state = .singleQuoted
        case UInt8(ascii: "\""): state = .doubleQuoted
        case .backslash: state = .valueEscape
        case _ where byte.isBlank: break
        default:
            value.append(byte)
            state = .value
        }
    }

    private mutating func goOn(_ byte: UInt8) {
        if byte == .backslash {
            valueEnd = nil
            state = .valueEscape
        } else {
            if !byte.isBlank { valueEnd = nil } else if valueEnd == nil { valueEnd = value.count }
            value.append(byte)
        }
    }

    private mutating func finish() {
        switch state {
        case .beforeName, .comment: break
        case .name: refuse(nameLine, "no \"=\" in the line; expects NAME=value")
        case .beforeValue, .value, .valueEscape: push()
        case .singleQuoted, .doubleQuoted, .doubleQuotedEscape:
            refuse(nameLine, "a quote is opened and never closed")
        }
    }

    private mutating func push() {
        if state == .value, let valueEnd { value.removeSubrange(valueEnd...) }
        state = .beforeName
        guard let name = String(validating: name[...].trimmed, as: UTF8.self),
            let text = String(validating: value, as: UTF8.self)
        else {
            refuse(nameLine, "the line is not valid UTF-8")
            return
        }
        do throws(InvalidValue) {
            if name.hasPrefix("export ") {
                throw InvalidValue("this is no shell script: leave out \"export\"")
            }
            try EnvironmentName.check(name)
            try EnvironmentAssignment.checkValue(text, of: name)
            assignments.append(
                EnvironmentAssignment(
                    name: name, value: SpecifierText(literal: text),
                    origin: .file(file, line: nameLine)))
        } catch {
            refuse(nameLine, error.reason(in: program.section))
        }
    }

    private mutating func refuse(_ line: Int, _ reason: String) {
        problems.append(ConfigurationProblem(file: file, line: line, message: reason))
    }
}
