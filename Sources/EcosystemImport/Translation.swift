// One application of PM2's ecosystem file as the file of a pool.
// Invariant: each option of the application ends in a line of the pool's file, in a drop-in, or in a
// note; what is written is one line for each directive, whatever characters a value has.

import PoolConfiguration

/// What the file does not say.
package struct ImportCircumstances: Sendable {
    /// Of `env_NAME`.
    package let environment: String?
    /// The directory of the file: relative paths begin there. Absolute, without a slash at its end.
    package let directory: String
    /// Finds a program by its name; `nil` if it is not where services look for it.
    package let find: @Sendable (String) -> String?

    package init(
        environment: String?, directory: String, find: @escaping @Sendable (String) -> String?
    ) {
        (self.environment, self.directory, self.find) = (environment, directory, find)
    }
}

/// The application while it is translated.
struct Translation {
    let app: EcosystemApp
    let circumstances: ImportCircumstances
    let pool: String

    private(set) var lines: [Section: [String]] = [:]
    private(set) var notes: [ImportNote] = []
    /// `OnCalendar=` of the timer, `PathChanged=` of the watch.
    var calendar: [String] = []
    var watched: [String] = []
    var listeners: [String] = []

    init(_ app: EcosystemApp, in circumstances: ImportCircumstances) throws(EcosystemRefused) {
        self.app = app
        self.circumstances = circumstances
        let (name, note) = try Self.poolName(of: app)
        pool = name
        notes = app.unknown + (note.map { [$0] } ?? [])
    }

    /// - Parameter listeners: Those given for this application; what it says itself comes first.
    mutating func translate(listeners: [String]) throws(EcosystemRefused) {
        addWorkers()
        try addProgram()
        addEnvironment()
        try addListeners(listeners)
        addIdentity()
        addMemory()
        addLife()
        addRestarts()
        addUnits()
        for option in EcosystemOption.allCases {
            guard let value = app[option], !value.isOff, let row = EcosystemRow.of(option),
                row.isLost
            else { continue }
            note(option, row.reason)
        }
    }

    // MARK: Writing

    mutating func add(_ section: Section, _ directive: String, _ value: String) {
        guard value.onOneLine == value, value.utf8.last != UInt8(ascii: "\\") else {
            note(directive, "a value with control characters, or a backslash at its end: left out")
            return
        }
        lines[section, default: []].append("\(directive)=\(value)")
    }

    mutating func comment(_ section: Section, _ sentence: String) {
        lines[section, default: []].append("# \(sentence.onOneLine)")
    }

    mutating func note(_ option: EcosystemOption, _ sentence: String) {
        note(option.rawValue, sentence)
    }

    mutating func note(_ option: String, _ sentence: String) {
        notes.append(ImportNote(option, sentence))
    }

    /// Says what was expected of an option that is there and means nothing.
    mutating func noteMalformed(_ option: EcosystemOption, _ expected: String) {
        note(option, "not taken over: expects \(expected)")
    }

    // MARK: Names and places

    /// What a unit and a directory can carry.
    static func poolName(
        of app: EcosystemApp
    ) throws(EcosystemRefused) -> (name: String, note: ImportNote?) {
        let given = app.name
        var name = ""
        for scalar in given.unicodeScalars {
            let isKept =
                scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "-_.".unicodeScalars.contains(scalar))
            name.unicodeScalars.append(isKept ? scalar : "-")
        }
        name = String(name.drop { $0 == "-" || $0 == "." }.prefix(PoolName.longest))
        do throws(InvalidValue) {
            name = try PoolName.validated(name)
        } catch {
            throw EcosystemRefused(
                "application \"\(given.onOneLine)\" has no name that a pool can have: \(error.reason)"
            )
        }
        let note = ImportNote("name", "\"\(given)\" is the pool \(name)")
        return (name, name == given ? nil : note)
    }

    /// Without `.` and `..`, which a path in a unit must not have.
    func absolute(_ path: String, from directory: String) -> String {
        var parts: [Substring] = []
        let whole = path.hasPrefix("/") ? path : "\(directory)/\(path)"
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    var workingDirectory: String {
        absolute(app[.cwd]?.word ?? "", from: circumstances.directory)
    }
}

extension String {
    /// The text as systemd reads it back where it expands specifiers.
    var literal: String { SpecifierText(literal: self).written }

    /// The same as one word of a list.
    var literalWord: String { literal.quotedWord }

    /// The same as one word of a command line.
    var commandWord: String {
        split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$").literalWord
    }
}
