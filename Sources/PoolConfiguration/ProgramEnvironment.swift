// The variables of one program: what its Environment= says, overridden by what its files say.

struct ProgramEnvironment {
    /// Each name once.
    let assignments: [EnvironmentAssignment]
    private(set) var problems: [ConfigurationProblem] = []
    /// Those that are there.
    private(set) var files: [String] = []

    init(
        of program: Program, in values: SettingValues, from source: some ConfigurationSource
    ) {
        let own = values[keyPath: program.values]
        var all = own.environment
        for file in own.environmentFiles {
            let content = EnvironmentFileContent(file, of: program, from: source)
            all += content.assignments
            problems += content.problems
            if content.isPresent { files.append(file.path) }
        }
        assignments = all.effective
    }

    func files(besides other: ProgramEnvironment) -> [String] {
        files.filter { !other.files.contains($0) }
    }

    func problems(besides other: ProgramEnvironment) -> [ConfigurationProblem] {
        let known = Set(other.problems)
        return problems.filter { !known.contains($0) }
    }
}
