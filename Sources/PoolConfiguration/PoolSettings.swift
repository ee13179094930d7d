// A pool's configuration as it holds: what the files say, checked, with defaults for the rest.
// Invariant: a value of this type is complete and valid; nothing in it can be refused later but what
// only the system knows (whether the program is there, for one).

import PoolCore

package struct PoolSettings: Equatable, Sendable {
    let values: SettingValues
    /// What each worker runs, and by which rules.
    package let worker: ProgramSettings
    /// The same of the agent; `nil` if the pool has none.
    package let agent: ProgramSettings?
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
        let variable = worker.environment.last { $0.name == "NODE_CLUSTER_SCHED_POLICY" }
        return variable?.value.expand(post: .slot(0), generation: 1) == "rr"
            ? .roundRobin : values.dispatch
    }
    /// The lines of [Unit], [Socket] and [Service] in their order.
    package var handedOn: [HandedOnLine] { values.handedOn }
    /// What [Socket] asks systemd to listen on.
    package var listeners: [Listener] { values.handedOn.listeners }

    /// Where the effective value of a directive comes from; for a list, its last line.
    package func origin(of directive: Directive) -> Origin { values.origin(of: directive) }

    /// The rules for the core, on a machine where the pool may use so many processors.
    package func policy(availableProcessors: Int) -> PoolPolicy {
        let workers = values.workers.resolved(availableProcessors: availableProcessors)
        return PoolPolicy(
            workers: min(workers, WorkerCount.range.upperBound - values.spare),
            spare: values.spare, rolloutSurge: values.rolloutSurge,
            rolloutMaxUnready: values.rolloutMaxUnready, rolloutSettle: values.rolloutSettle,
            worker: worker.policy, agent: agent?.policy)
    }

    /// How many connections may wait in a listening socket [Backlog of the Socket section]; `nil` if
    /// that is left to systemd.
    package var backlog: Int32? {
        let lines = values.handedOn.filter { $0.section == .socket && $0.name == "Backlog" }
        return lines.last.flatMap { Int32($0.value) }
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
        values.worker.policy.readiness = readiness
        let command = WorkerCommand(literal: command)
        values.worker.command = command
        let given = [
            Directive.named("Workers", in: .pool), Directive.named("ExecStart", in: .worker),
        ]
        for directive in given.compactMap({ $0 }) { values.setOrigin(.commandLine, of: directive) }
        let worker = ProgramSettings(
            values.worker, of: .worker, command: command, environment: [],
            speaking: workerProtocol)
        return PoolSettings(values: values, worker: worker, agent: nil, files: [])
    }

    static func validated(
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
        let values = reader.values
        let ofWorker = ProgramEnvironment(of: .worker, in: values, from: source)
        let ofAgent = ProgramEnvironment(of: .agent, in: values, from: source)
        // A file that both have is named once, and its faults are.
        let paths = files.all.map(\.path) + ofWorker.files + ofAgent.files(besides: ofWorker)
        var problems = files.problems + reader.problems + ofWorker.problems
        problems += ofAgent.problems(besides: ofWorker)
        guard problems.isEmpty, let worker = values.settings(of: .worker, ofWorker) else {
            throw ConfigurationRefused(problems: problems.inOrder(of: paths))
        }
        let agent = values.hasAgent ? values.settings(of: .agent, ofAgent) : nil
        return PoolSettings(values: values, worker: worker, agent: agent, files: paths)
    }
}

extension SettingValues {
    /// `nil` without a command.
    fileprivate func settings(
        of program: Program, _ environment: ProgramEnvironment
    ) -> ProgramSettings? {
        let own = self[keyPath: program.values]
        return own.command.map {
            ProgramSettings(
                own, of: program, command: $0, environment: environment.assignments,
                speaking: workerProtocol)
        }
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
