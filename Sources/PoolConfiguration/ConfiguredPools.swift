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
        let (names, problems) = PoolFiles.pools(in: directories, from: source)
        self.names = names.filter {
            !PoolFiles(pool: $0, in: directories, from: source).isMasked
        }
        self.problems = problems
    }
}
