// What systemd knows of units, as `systemctl show` prints it.

import LinuxKernel

/// The properties of one unit, by their names.
struct UnitProperties: Equatable {
    private(set) var values: [String: String]

    init(_ values: [String: String]) {
        self.values = values
    }

    /// "" for what systemd does not know or has not been asked.
    subscript(name: String) -> String {
        get { values[name] ?? "" }
        set { values[name] = newValue }
    }

    /// Reads the blocks that `systemctl show` prints, one for each unit, by their `Id`.
    static func parse(_ text: String) -> [String: UnitProperties] {
        var units: [String: UnitProperties] = [:]
        var values: [String: String] = [:]
        // An empty line ends a block, and so does the end.
        for line in "\(text)\n\n".split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                if let id = values["Id"] { units[id] = UnitProperties(values) }
                values = [:]
            } else if let equals = line.firstIndex(of: "=") {
                values[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
        }
        return units
    }

    /// Asks for all units at once.
    ///
    /// - Returns: By their names; `nil` where systemd does not run.
    static func show(
        _ units: [String], _ properties: [String]
    ) throws(SystemError) -> [String: UnitProperties]? {
        // As sd_booted(3) does.
        guard try FileSystem.status(of: "/run/systemd/system") != nil else { return nil }
        guard !units.isEmpty else { return [:] }
        let asked = "--property=Id,\(properties.joined(separator: ","))"
        let output = try ProgramOutput.of("systemctl", ["show", asked, "--"] + units)
        guard let output, output.exit == .exited(0) else { return nil }
        return parse(output.text)
    }

    /// Of the manager itself.
    static func showManager(_ properties: [String]) throws(SystemError) -> UnitProperties? {
        guard try FileSystem.status(of: "/run/systemd/system") != nil else { return nil }
        let asked = "--property=\(properties.joined(separator: ","))"
        let output = try ProgramOutput.of("systemctl", ["show", asked])
        guard let output, output.exit == .exited(0) else { return nil }
        return parse("Id=\n" + output.text)[""]
    }
}
