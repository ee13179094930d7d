// What is wrong with a configuration, and where.
// Invariant: a problem is one line of text, whatever bytes a file or its name contained.

/// One thing that is wrong with one file.
package struct ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path as it was given.
    package let file: String
    /// From 1; `nil` when no line is to blame, as for a directive that is missing.
    package let line: Int?
    package let section: String?
    package let message: String

    package init(file: String, line: Int? = nil, section: String? = nil, message: String) {
        self.file = file
        self.line = line
        self.section = section
        self.message = message
    }

    /// `web.conf:12: [Worker] unknown directive "KilSignal" (did you mean KillSignal?)`
    package var description: String {
        let place = line.map { "\(file):\($0):" } ?? "\(file):"
        let sentence = section.map { "[\($0)] \(message)" } ?? message
        return "\(place) \(sentence)".onOneLine
    }
}

extension [ConfigurationProblem] {
    /// More in one file are the sign of something that is no configuration at all.
    private static let most = 1_000

    /// Whether enough is known of a file; says so as its last problem.
    mutating func hasEnough(of file: String, since start: Int = 0) -> Bool {
        guard count - start >= Self.most else { return false }
        append(
            ConfigurationProblem(
                file: file, line: last?.line, message: "too many problems, the rest is not read"))
        return true
    }
}

/// Why a load came to nothing: every problem of the pool's files, ordered by file and line.
package struct ConfigurationRefused: Error, Equatable, Sendable, CustomStringConvertible {
    /// Never empty.
    package let problems: [ConfigurationProblem]
    /// Whether the pool has no file at all, which callers tell apart (sysexits: no input).
    package let isMissing: Bool

    init(problems: [ConfigurationProblem], isMissing: Bool = false) {
        self.problems = problems
        self.isMissing = isMissing
    }

    /// One line for each problem.
    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}

/// Why a value can't be taken, as the end of a sentence that begins with the directive.
package struct InvalidValue: Error, Equatable, Sendable {
    package let reason: String
    private let agentReason: String?

    /// - Parameter agentReason: what to say under [Agent], if `reason` is about workers.
    init(_ reason: String, ofAgent agentReason: String? = nil) {
        self.reason = reason
        self.agentReason = agentReason
    }

    func reason(in section: Section) -> String {
        section == .agent ? agentReason ?? reason : reason
    }
}

/// Where an effective setting comes from.
package enum Origin: Hashable, Sendable, CustomStringConvertible {
    case file(String, line: Int)
    case builtIn
    case commandLine
    /// A program that is its own master.
    case code

    package var description: String {
        switch self {
        case .file(let path, let line): "\(path):\(line)".onOneLine
        case .builtIn: "default"
        case .commandLine: "command line"
        case .code: "options"
        }
    }

    /// Where a complaint about it points to; `nil` for what nobody has written.
    var place: (file: String, line: Int?)? {
        switch self {
        case .file(let path, let line): (path, line)
        case .code: (description, nil)
        case .builtIn, .commandLine: nil
        }
    }
}

extension String {
    /// The text with what could break a line of a log or of a generated file, or deceive whoever
    /// looks at it, made visible: control characters, separators of lines and paragraphs, marks that
    /// turn the direction of writing. Written as escapes that `Words` reads back.
    package var onOneLine: String {
        guard utf8.contains(where: { $0 < 0x20 || $0 >= 0x7f }) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if scalar.needsEscape {
                let digits = String(scalar.value, radix: 16)
                let (letter, width) = scalar.value < 0x80 ? ("x", 2) : ("u", 4)
                result += "\\\(letter)"
                result += String(repeating: "0", count: width - digits.utf8.count) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// At most `limit` scalars, for messages that quote foreign text.
    package func shortened(to limit: Int = 80) -> String {
        let scalars = unicodeScalars
        guard
            let end = scalars.index(
                scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return self }
        return String(scalars[..<end]) + "…"
    }
}

extension Unicode.Scalar {
    /// None of them is beyond U+FFFF.
    fileprivate var needsEscape: Bool {
        switch value {
        case 0x00...0x1f, 0x7f...0x9f: true
        case 0x2028...0x202e, 0x2066...0x2069, 0x200e, 0x200f, 0x061c: true
        default: false
        }
    }
}
