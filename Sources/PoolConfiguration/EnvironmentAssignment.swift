// One variable that the configuration gives to workers or to the agent, and which names it may
// have.

/// `NAME=value`, from `Environment=` or from an environment file.
package struct EnvironmentAssignment: Equatable, Sendable {
    package let name: String
    package let value: SpecifierText
    package let origin: Origin

    /// The assignments of one `Environment=` line.
    static func parseList(
        _ text: String, pool: String, origin: Origin
    ) throws(InvalidValue) -> [EnvironmentAssignment] {
        var assignments: [EnvironmentAssignment] = []
        for word in try Words.split(text) {
            let (name, value) = try split(word)
            try EnvironmentName.check(name)
            try checkValue(value, of: name)
            assignments.append(
                EnvironmentAssignment(
                    name: name, value: try SpecifierText(parsing: value, pool: pool),
                    origin: origin))
        }
        return assignments
    }

    private static func split(_ word: String) throws(InvalidValue) -> (String, String) {
        guard let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) else {
            throw InvalidValue(
                "\"\(word.shortened(to: 30))\" is not an assignment NAME=value; a value with blanks "
                    + "needs quotes: \"NAME=a b\"")
        }
        let value = word.utf8[word.utf8.index(after: equals)...]
        return (
            String(decoding: word.utf8[..<equals], as: UTF8.self),
            String(decoding: value, as: UTF8.self)
        )
    }

    /// Control characters but tab and newline are refused, as in systemd.
    package static func checkValue(_ value: String, of name: String) throws(InvalidValue) {
        let isControl = value.utf8.contains {
            ($0 < 0x20 && $0 != UInt8(ascii: "\t") && $0 != .newline) || $0 == 0x7f
        }
        guard !isControl else { throw InvalidValue("the value of \(name) has a control character") }
    }

    /// The line that `parseList` reads back.
    var listText: String { "\(name)=\(value.written)".quotedWord }
}

package enum EnvironmentName {
    /// Whether a process may have a variable of this name: letters, digits, "_", no digit first.
    static func isValid(_ name: some Collection<UInt8>) -> Bool {
        guard let first = name.first, !first.isDigit else { return false }
        return name.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
    }

    package static func check(_ name: String) throws(InvalidValue) {
        guard isValid(name.utf8) else {
            throw InvalidValue("\"\(name.shortened(to: 30))\" is not a variable's name")
        }
        let isOwn =
            name == "NOTIFY_SOCKET"
            || ["LISTEN_", "WATCHDOG_", "MARTLET_"].contains(where: name.hasPrefix)
        guard !isOwn else {
            let sentence = "\(name) is set by martlet itself for"
            throw InvalidValue("\(sentence) each worker", ofAgent: "\(sentence) the agent")
        }
    }
}

extension [EnvironmentAssignment] {
    /// One assignment for each name, the last, in the order of first appearance.
    var effective: [EnvironmentAssignment] {
        var places: [String: Int] = [:]
        var result: [EnvironmentAssignment] = []
        for assignment in self {
            if let place = places[assignment.name] {
                result[place] = assignment
            } else {
                places[assignment.name] = result.count
                result.append(assignment)
            }
        }
        return result
    }
}
