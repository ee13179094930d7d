// What one environment file gives: variables, or what is wrong with it.

struct EnvironmentFileContent {
    private(set) var assignments: [EnvironmentAssignment] = []
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var isPresent = false

    init(_ file: EnvironmentFile, of program: Program, from source: some ConfigurationSource) {
        do throws(ConfigurationReadError) {
            guard let bytes = try source.read(file.path) else {
                if !file.isOptional {
                    refuse(
                        file, of: program,
                        "EnvironmentFile=\(file.path): no such file (\"-\" before the path makes it "
                            + "optional)")
                }
                return
            }
            let reader = EnvironmentFileReader(bytes, file: file.path, of: program)
            assignments = reader.assignments
            problems = reader.problems
            isPresent = true
        } catch {
            refuse(file, of: program, "EnvironmentFile=\(file.path): \(error.sentence)")
        }
    }

    /// The line that names the file is to blame.
    private mutating func refuse(
        _ file: EnvironmentFile, of program: Program, _ message: String
    ) {
        guard case .file(let path, let line) = file.origin else { return }
        problems.append(
            ConfigurationProblem(
                file: path, line: line, section: program.section.rawValue, message: message))
    }
}
