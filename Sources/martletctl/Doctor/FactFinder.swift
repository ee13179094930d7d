// Where the facts of a diagnosis come from: systemctl, /proc, /sys and files.
// Invariant: it changes nothing, and what it is not allowed to see is a fact that is missing.

import ConfigurationFiles
import LinuxKernel
import PoolConfiguration

struct FactFinder {
    private static let properties = [
        "LoadState", "ActiveState", "SubState", "Result", "UnitFileState", "NeedDaemonReload",
        "Type", "NotifyAccess", "KillMode", "Delegate", "Restart", "WatchdogUSec",
        "TimeoutStartUSec", "TimeoutStopUSec", "StartLimitIntervalUSec",
        "TriggerLimitIntervalUSec", "LimitNOFILESoft", "MemoryMax", "User", "DynamicUser",
        "ExecStart",
        "ExecReload", "ExecStop", "FileDescriptorStoreMax", "NFileDescriptorStore",
        "RuntimeDirectoryPreserve", "Wants",
        "Requires", "PrivatePIDs", "NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp",
        "Backlog",
    ]

    private let files = SystemFiles()
    private let units: [String: UnitProperties]?
    private let dropIns: [UnitDropIns.File]
    /// Somebody may have them; looked for once.
    private let ports: ListeningPorts

    init(_ pools: [String]) throws(SystemError) {
        units = try UnitProperties.show(
            pools.flatMap {
                ["martlet@\($0).service", "martlet@\($0).socket", "martlet-anchor@\($0).service"]
            },
            Self.properties)
        dropIns = UnitDropIns.generate(from: files).files
        ports = ListeningPorts(["/proc/net/tcp", "/proc/net/tcp6"].map { Self.text(of: $0) ?? "" })
    }

    private static func text(of path: String) -> String? {
        (try? FileSystem.readFile(path, limit: 16 << 20)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    // MARK: The machine

    /// - Parameter configured: All pools that have a file.
    func host(_ configured: [String]) throws(SystemError) -> HostFacts {
        var facts = HostFacts()
        let manager = try UnitProperties.showManager(["Version"])
        facts.systemdRelease = manager.flatMap { Int($0["Version"].prefix { $0.isNumber }) }
        facts.longestBacklog = Self.number(in: "/proc/sys/net/core/somaxconn").map { Int($0) }
        facts.memoryBytes = Self.memory(in: Self.text(of: "/proc/meminfo") ?? "")
        facts.processors = try ProcessorCount.available()
        if manager != nil {
            facts.keepsJournal =
                try FileSystem.listDirectory("/var/log/journal").map { !$0.isEmpty } ?? false
        }
        facts.hasGroup = UserAccount.hasGroup("martlet")
        for pool in configured {
            if case .accepted(let settings) = configuration(of: pool) {
                facts.listeners[pool] = settings.listeners.map(\.address)
            }
        }
        return facts
    }

    private static func number(in path: String) -> Int64? {
        text(of: path).flatMap { Int64($0.prefix { $0.isNumber }) }
    }

    /// - Parameter text: `/proc/meminfo`.
    static func memory(in text: String) -> UInt64? {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, words[0] == "MemTotal:", let kilobytes = UInt64(words[1])
            else { continue }
            let (bytes, isTooLarge) = kilobytes.multipliedReportingOverflow(by: 1_024)
            return isTooLarge ? nil : bytes
        }
        return nil
    }

    // MARK: A pool

    func facts(of pool: String) throws(SystemError) -> PoolFacts {
        var facts = PoolFacts(pool: pool, configuration: configuration(of: pool))
        facts.service = units?["martlet@\(pool).service"]
        facts.socket = units?["martlet@\(pool).socket"]
        facts.anchor = units?["martlet-anchor@\(pool).service"]
        try addDropIns(to: &facts)
        guard let settings = facts.settings else { return facts }
        try addPrograms(of: settings, to: &facts)
        // What the pool itself has is not in its way.
        if let socket = facts.socket, socket["ActiveState"] != "active" {
            for address in settings.listeners.map(\.address) {
                guard let rival = ports.rival(of: address) else { continue }
                facts.holders[address] = try Self.owner(ofSocket: rival.inode)
            }
        }
        return facts
    }

    private func configuration(of pool: String) -> PoolFacts.Configuration {
        do throws(ConfigurationRefused) {
            return .accepted(try PoolSettings.load(pool: pool, from: files))
        } catch {
            if error.isMissing, let problem = error.problems.first { return .missing(problem) }
            return .refused(error.problems)
        }
    }

    private func addDropIns(to facts: inout PoolFacts) throws(SystemError) {
        guard units != nil else { return }
        let directories = [
            "martlet@\(facts.pool).service.d", "martlet@\(facts.pool).socket.d",
            "martlet-anchor@\(facts.pool).service.d",
        ]
        for file in dropIns where directories.contains(file.directory) {
            facts.wantedDropIns[file.path] = file.text
        }
        var written: [String: String] = [:]
        for directory in directories {
            let place = "/run/systemd/generator/\(directory)"
            for name in try FileSystem.listDirectory(place) ?? [] {
                written["\(directory)/\(name)"] = Self.text(of: "\(place)/\(name)")
            }
        }
        facts.writtenDropIns = written
    }

    private func addPrograms(
        of settings: PoolSettings, to facts: inout PoolFacts
    ) throws(SystemError) {
        let name = facts.service.map { $0["User"] } ?? ""
        let user = name.isEmpty ? nil : UserAccount.find(name)
        // A dynamic user is there while the service runs.
        if !name.isEmpty, facts.service?["DynamicUser"] == "no" { facts.hasUser = user != nil }
        let programs = [settings.worker] + (settings.agent.map { [$0] } ?? [])
        for program in programs {
            let command = program.command.resolve(
                post: .slot(0), generation: 1, environment: [:])
            facts.programs.append(try access(to: command.program, as: user))
        }
        if settings.workerProtocol == .node, case .executable(let path)? = facts.programs.first {
            facts.nodeVersion = try Self.version(ofNode: path)
        }
    }

    /// What we may not look at is left to those who may.
    private func access(
        to program: String, as user: UserAccount?
    ) throws(SystemError) -> ProgramAccess {
        do throws(SystemError) {
            return try ProgramAccess.look(at: program, as: user)
        } catch {
            guard error.isForbidden else { throw error }
            return .executable(path: program)
        }
    }

    /// Only of a program that nobody but root can put another in the place of, as it is executed by
    /// whoever asks.
    private static func version(ofNode path: String) throws(SystemError) -> String? {
        let name = path.split(separator: "/").last ?? ""
        guard ["node", "nodejs"].contains(name), try isRootsAlone(path),
            let output = try? ProgramOutput.of(path, ["--version"], limit: 1_024),
            output.exit == .exited(0)
        else { return nil }
        return output.text.split(separator: "\n").first.map(String.init)
    }

    /// The file, and each directory on the way.
    private static func isRootsAlone(_ path: String) throws(SystemError) -> Bool {
        var place = ""
        for part in path.split(separator: "/") {
            place += "/\(part)"
            guard let status = try FileSystem.status(of: place), status.owner == 0,
                status.mode & 0o022 == 0
            else { return false }
        }
        return path.hasPrefix("/")
    }

    /// `nginx (pid 12)`, or that it can't be seen who it is.
    private static func owner(ofSocket inode: UInt64) throws(SystemError) -> String {
        for entry in try FileSystem.listDirectory("/proc") ?? [] {
            guard let pid = Int32(entry) else { continue }
            // Gone meanwhile, or somebody else's.
            guard let descriptors = try? FileSystem.listDirectory("/proc/\(pid)/fd") else {
                continue
            }
            for descriptor in descriptors {
                let link = try? FileSystem.target(ofLink: "/proc/\(pid)/fd/\(descriptor)")
                guard link == "socket:[\(inode)]" else { continue }
                let name = text(of: "/proc/\(pid)/comm")?.split(separator: "\n").first ?? "?"
                return "\(name) (pid \(pid))"
            }
        }
        return "another program"
    }
}
