// The pools that have a file, for programs that look at all of them.

package struct ConfiguredPools: Equatable, Sendable {
    /// Sorted; without those that an empty file masks.
    package let names: [String]
    /// Directories that can't be listed, files whose name no pool can have.
    package let problems: [ConfigurationProblem]

    package init(
        in directories: ConfigurationDirectories = .standard,
        from source: some ConfigurationSource
    ) {
        let (names, problems) = Self.listed(in: directories, from: source)
        self.names = names.filter {
            !PoolFiles(pool: $0, in: directories, from: source).isMasked
        }
        self.problems = problems
    }

    /// All that have a file, also masked ones.
    static func listed(
        in directories: ConfigurationDirectories, from source: some ConfigurationSource
    ) -> (names: [String], problems: [ConfigurationProblem]) {
        var names: Set<String> = []
        var problems: [ConfigurationProblem] = []
        for directory in directories.paths {
            do throws(ConfigurationReadError) {
                let files = try source.list(directory) ?? []
                for file in files.sorted() where PoolFiles.isConfiguration(file) {
                    do throws(InvalidValue) {
                        names.insert(try PoolName.validated(String(file.dropLast(5))))
                    } catch {
                        problems.append(
                            ConfigurationProblem(
                                file: "\(directory)/\(file)", message: error.reason))
                    }
                }
            } catch {
                problems.append(ConfigurationProblem(file: directory, message: error.sentence))
            }
        }
        return (names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, problems)
    }
}
