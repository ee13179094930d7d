// Takes the bytes of one file apart into assignments, as systemd.syntax(7) has it: sections,
// `Name=value`, comments on lines of their own, a backslash at a line's end to go on.
// Invariant: any bytes give assignments and problems, never a crash; what is in a broken line or an
// unknown section is not handed out.

/// `Name=value` where it was found; the value may be empty.
struct Assignment: Equatable, Sendable {
    let section: Section
    let name: String
    let value: String
    let file: String
    /// Where it begins, from 1.
    let line: Int

    var origin: Origin { .file(file, line: line) }
}

struct ConfigurationLines {
    private(set) var assignments: [Assignment] = []
    private(set) var problems: [ConfigurationProblem] = []

    static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
    /// The limit of systemd, for a line with its continuations.
    static let longestLine = 1 << 20

    private let file: String
    private var place = Place.beforeSections
    private var pending: PendingLine?

    private enum Place {
        case beforeSections
        case inside(Section)
        /// In a section that was refused as a whole.
        case skipped
    }

    /// A line that ended in a backslash.
    private struct PendingLine {
        let number: Int
        var bytes: [UInt8]
        /// Whether a part of it was refused, so that the rest means nothing.
        var isBroken: Bool
    }

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        let start = bytes.starts(with: Self.byteOrderMark) ? 3 : 0
        var number = 0
        for line in bytes[start...].split(separator: .newline, omittingEmptySubsequences: false) {
            number += 1
            take(line.last == .carriageReturn ? line.dropLast() : line, number)
            if problems.hasEnough(of: file) { return }
        }
        if let last = pending {
            pending = nil
            finish(last)
        }
    }

    private mutating func take(_ line: ArraySlice<UInt8>, _ number: Int) {
        // A comment doesn't end a line that goes on, and may be in any encoding.
        if line.first(where: { !$0.isBlank })?.isCommentMark == true { return }
        var whole = pending ?? PendingLine(number: number, bytes: [], isBroken: false)
        pending = nil
        let goesOn = Self.endsInOddBackslashes(line)
        if let fault = Self.fault(of: line, after: whole.bytes.count) {
            if !whole.isBroken { refuse(number, fault) }
            whole.isBroken = true
        } else if !whole.isBroken {
            whole.bytes += goesOn ? line.dropLast() : line
            if goesOn { whole.bytes.append(UInt8(ascii: " ")) }
        }
        if goesOn { pending = whole } else { finish(whole) }
    }

    private static func endsInOddBackslashes(_ line: ArraySlice<UInt8>) -> Bool {
        var count = 0
        for byte in line.reversed() {
            guard byte == .backslash else { break }
            count += 1
        }
        return !count.isMultiple(of: 2)
    }

    private static func fault(of line: ArraySlice<UInt8>, after length: Int) -> String? {
        if line.count > longestLine || length + line.count > longestLine {
            return "the line is longer than \(longestLine) bytes"
        }
        if line.contains(0) { return "the line contains a NUL byte" }
        if line.contains(.carriageReturn) { return "a carriage return in the middle of a line" }
        if String(validating: line, as: UTF8.self) == nil { return "the line is not valid UTF-8" }
        return nil
    }

    private mutating func finish(_ line: PendingLine) {
        guard !line.isBroken else { return }
        let text = line.bytes[...].trimmed
        guard let first = text.first else { return }
        if first == UInt8(ascii: "[") {
            takeHeader(String(decoding: text, as: UTF8.self), line.number)
        } else {
            takeAssignment(text, line.number)
        }
    }

    private mutating func takeHeader(_ header: String, _ number: Int) {
        place = .skipped
        guard let end = header.utf8.firstIndex(of: UInt8(ascii: "]")) else {
            refuse(number, "the section's name is not closed by \"]\"")
            return
        }
        let name = String(decoding: header.utf8[..<end].dropFirst(), as: UTF8.self)
        let tail = String(
            decoding: header.utf8[header.utf8.index(after: end)...], as: UTF8.self
        ).trimmed
        if let section = Section(rawValue: name) {
            place = .inside(section)
        } else {
            refuse(number, Self.unknownSection(name))
            return
        }
        if tail.utf8.first?.isCommentMark == true {
            refuse(number, "a comment needs a line of its own: move it above [\(name)]")
        } else if !tail.isEmpty {
            refuse(number, "nothing may follow [\(name)] in its line")
        }
    }

    private static func unknownSection(_ name: String) -> String {
        if name == "Install" {
            return "[Install] has no place here: to start the pool at boot, run "
                + "\"systemctl enable martlet@NAME.socket\""
        }
        let nearest = nearestName(to: name, among: Section.allCases.map(\.rawValue))
        return "unknown section [\(name.shortened(to: 40))]"
            + (nearest.map { " (did you mean [\($0)]?)" } ?? "")
    }

    private mutating func takeAssignment(_ text: ArraySlice<UInt8>, _ number: Int) {
        let equals = text.firstIndex(of: UInt8(ascii: "="))
        let name = String(decoding: text[..<(equals ?? text.endIndex)].trimmed, as: UTF8.self)
        switch place {
        case .skipped: return
        case .beforeSections:
            refuse(number, "\"\(name.shortened(to: 40))\" stands before the first section")
        case .inside(let section):
            guard let equals else {
                refuse(number, in: section, "no \"=\" in \"\(name.shortened(to: 40))\"")
                return
            }
            guard !name.isEmpty else {
                refuse(number, in: section, "no directive before \"=\"")
                return
            }
            let value = text[text.index(after: equals)...].trimmed
            assignments.append(
                Assignment(
                    section: section, name: name, value: String(decoding: value, as: UTF8.self),
                    file: file, line: number))
        }
    }

    private mutating func refuse(_ line: Int, in section: Section? = nil, _ message: String) {
        problems.append(
            ConfigurationProblem(
                file: file, line: line, section: section?.rawValue, message: message))
    }
}
