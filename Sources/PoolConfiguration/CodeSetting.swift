// What a program sets that is its own master, in place of a file.
// Invariant: it is checked by the rules of martlet.conf(5), and has its defaults.

import PoolCore

package enum CodeSetting: Sendable {
    /// The value as a file would have it.
    case directive(Section, String, String)
    /// A variable for each worker, taken as it is.
    case variable(String, String)
    /// The command of a worker, taken word by word as it is.
    case command([String])
    /// Where workers start, taken as it is.
    case directory(String)

    var section: Section {
        switch self {
        case .directive(let section, _, _): section
        case .variable, .command, .directory: .worker
        }
    }

    /// The directive that a complaint about it names.
    var name: String {
        switch self {
        case .directive(_, let name, _): name
        case .variable: "Environment"
        case .command: "ExecStart"
        case .directory: "WorkingDirectory"
        }
    }
}

extension PoolSettings {
    /// A pool without a file, as a program describes it that is its own master.
    ///
    /// - Parameter settings: A later one wins. What is not among them is as in an empty file.
    /// - Throws: All problems at once.
    package static func code(
        name: String, settings: [CodeSetting]
    ) throws(ConfigurationRefused) -> PoolSettings {
        let pool = try validated(name, of: Origin.code.description)
        var reader = SettingsReader(pool: pool)
        reader.read(settings)
        var problems = reader.problems
        if reader.values.worker.command == nil, problems.isEmpty {
            problems.append(
                ConfigurationProblem(
                    file: Origin.code.description, message: "a worker needs a command"))
        }
        guard problems.isEmpty, let command = reader.values.worker.command else {
            throw ConfigurationRefused(problems: problems)
        }
        let own = reader.values.worker
        let worker = ProgramSettings(
            own, of: .worker, command: command, environment: own.environment.effective,
            speaking: reader.values.workerProtocol)
        return PoolSettings(values: reader.values, worker: worker, agent: nil, files: [])
    }
}
