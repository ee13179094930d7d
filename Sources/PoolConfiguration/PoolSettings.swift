// A pool's configuration as it holds: what the files say, checked, with defaults for the rest.
// Invariant: a value of this type is complete and valid; nothing in it can be refused later but what
// only the system knows (whether the program is there, for one).

import PoolCore

package struct PoolSettings: Equatable, Sendable {
    let values: SettingValues
    package let command: WorkerCommand
    /// Variables for workers, each name once; those of files have overridden `Environment=`.
    package let environment: [EnvironmentAssignment]
    /// The files it was read from, in order; the pool's own first, environment files last.
    package let files: [String]

    package var pool: String { values.pool }
    package var workers: WorkerCount { values.workers }
    package var workerProtocol: WorkerProtocol { values.workerProtocol }
    /// How connections reach workers; where the file does not say, Node's own variable does.
    package var dispatch: Dispatch {
        guard let directive = Directive.named("Dispatch", in: .pool),
            origin(of: directive) == .builtIn, workerProtocol == .node
        else { return values.dispatch }
        let variable = environment.last { $0.name == "NODE_CLUSTER_SCHED_POLICY" }
        return variable?.value.expand(slot: 0, generation: 1) == "rr"
            ? .roundRobin : values.dispatch
    }
    /// Whether a Node worker is ready when it says so, not when it listens [ReadyMessage].
    package var awaitsReadyMessage: Bool { values.awaitsReadyMessage }
    /// Whether a Node worker is told `shutdown` in place of being disconnected [ShutdownMessage].
    package var sendsShutdownMessage: Bool { values.sendsShutdownMessage }
    package var workingDirectory: WorkingDirectory? { values.workingDirectory }
    package var environmentFiles: [EnvironmentFile] { values.environmentFiles }
    /// The lines of [Unit], [Socket] and [Service] in their order.
    package var handedOn: [HandedOnLine] { values.handedOn }
    /// What [Socket] asks systemd to listen on.
    package var listeners: [Listener] { values.handedOn.listeners }

    /// Where the effective value of a directive comes from; for a list, its last line.
    package func origin(of directive: Directive) -> Origin { values.origin(of: directive) }

    /// The rules for one worker.
    package var workerPolicy: WorkerPolicy { policy(availableProcessors: 1).worker }

    /// The rules for the core, on a machine where the pool may use so many processors.
    package func policy(availableProcessors: Int) -> PoolPolicy {
        var policy = values.policy
        policy.workers = min(
            values.workers.resolved(availableProcessors: availableProcessors),
            WorkerCount.range.upperBound - policy.spare)
        policy.worker.disconnects = values.workerProtocol != .systemd
        // An interval of zero means no limit in systemd.
        if policy.worker.startLimitInterval == .zero { policy.worker.startLimitBurst = 0 }
        return policy
    }

    /// How many connections may wait in a listening socket [Backlog of the Socket section]; `nil` if
    /// that is left to systemd.
    package var backlog: Int32? {
        let lines = values.handedOn.filter { $0.section == .socket && $0.name == "Backlog" }
        return lines.last.flatMap { Int32($0.value) }
    }

    /// What the configuration adds to one worker's environment, each name once.
    package func environment(
        slot: Int, generation: Int
    ) -> [(name: String, value: String)] {
        environment.map { ($0.name, $0.value.expand(slot: slot, generation: generation)) }
    }
}

extension PoolSettings {
    /// Reads a pool by its name, with drop-ins and environment files.
    ///
    /// - Throws: All problems of all files at once.
    package static func load(
        pool name: String, from source: some ConfigurationSource,
        directories: ConfigurationDirectories = .standard
    ) throws(ConfigurationRefused) -> PoolSettings {
        let file = "\(directories.paths.first ?? "")/\(name).conf".onOneLine
        let pool = try validated(name, of: file)
        let files = PoolFiles(pool: pool, in: directories, from: source)
        return try load(pool, files, from: source)
    }

    /// Reads a pool from a file, which gives it its name: `web.conf` is the pool `web`.
    /// Drop-ins are those of FILE.d, or those of the pool if the file is in one of the directories.
    ///
    /// - Throws: All problems of all files at once.
    package static func load(
        file: String, from source: some ConfigurationSource,
        directories: ConfigurationDirectories = .standard
    ) throws(ConfigurationRefused) -> PoolSettings {
        let parts = file.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let base = parts.last ?? ""
        let name = base.hasSuffix(".conf") ? String(base.dropLast(5)) : base
        let pool = try validated(name, of: file)
        let directory = parts.dropLast().joined(separator: "/")
        guard directories.paths.contains(directory), base.hasSuffix(".conf") else {
            return try load(pool, PoolFiles(file: file, from: source), from: source)
        }
        // The file itself is meant, even if one of an earlier directory would win by name.
        let files = PoolFiles(file: file, sharingDropInsOf: pool, in: directories, from: source)
        return try load(pool, files, from: source)
    }

    /// A pool without a file, as a command line describes it.
    ///
    /// - Parameters:
    ///   - readiness: `exec` suits a program that does not speak sd_notify(3).
    ///   - command: The program and its arguments, taken as they are.
    package static func foreground(
        name: String, workers: WorkerCount, workerProtocol: WorkerProtocol = .systemd,
        readiness: Readiness = .exec, command: [String]
    ) throws(ConfigurationRefused) -> PoolSettings {
        let pool = try validated(name, of: "command line")
        guard command.first?.isEmpty == false else {
            throw ConfigurationRefused(problems: [
                ConfigurationProblem(file: "command line", message: "a worker needs a command")
            ])
        }
        var values = SettingValues(pool: pool)
        values.workers = workers
        values.workerProtocol = workerProtocol
        values.policy.worker.readiness = readiness
        values.command = WorkerCommand(literal: command)
        for directive in Directive.all where ["Workers", "ExecStart"].contains(directive.name) {
            values.setOrigin(.commandLine, of: directive)
        }
        return PoolSettings(
            values: values, command: WorkerCommand(literal: command), environment: [], files: [])
    }

    private static func validated(
        _ name: String, of file: String
    ) throws(ConfigurationRefused) -> String {
        do throws(InvalidValue) {
            return try PoolName.validated(name)
        } catch {
            throw ConfigurationRefused(problems: [
                ConfigurationProblem(file: file, message: error.reason)
            ])
        }
    }

    private static func load(
        _ pool: String, _ files: PoolFiles, from source: some ConfigurationSource
    ) throws(ConfigurationRefused) -> PoolSettings {
        guard let main = files.main, !files.isMasked else {
            throw ConfigurationRefused(problems: files.problems, isMissing: files.isMissing)
        }
        var reader = SettingsReader(pool: pool)
        for file in files.all { reader.read(file) }
        reader.checkWhole(of: main.path)
        var assignments = reader.values.environment
        var problems = files.problems + reader.problems
        var paths = files.all.map(\.path)
        for file in reader.values.environmentFiles {
            let content = EnvironmentFileContent(file, from: source)
            assignments += content.assignments
            problems += content.problems
            if content.isPresent { paths.append(file.path) }
        }
        guard problems.isEmpty, let command = reader.values.command else {
            throw ConfigurationRefused(problems: problems.inOrder(of: paths))
        }
        return PoolSettings(
            values: reader.values, command: command, environment: assignments.effective,
            files: paths)
    }
}

extension [ConfigurationProblem] {
    /// By file in the order in which files were read, then by line; what has no line comes last.
    fileprivate func inOrder(of files: [String]) -> [ConfigurationProblem] {
        var ranks: [String: Int] = [:]
        for (rank, file) in files.enumerated() where ranks[file] == nil { ranks[file] = rank }
        let keyed = enumerated().map { place, problem in
            (
                rank: ranks[problem.file] ?? files.count, line: problem.line ?? .max, place: place,
                problem: problem
            )
        }
        return keyed.sorted { ($0.rank, $0.line, $0.place) < ($1.rank, $1.line, $1.place) }
            .map(\.problem)
    }
}
