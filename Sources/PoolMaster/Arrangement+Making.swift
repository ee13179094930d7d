// The three ways to begin: a service of systemd, a file in the foreground, a command line.

import ConfigurationFiles
import LinuxKernel
import PoolConfiguration
import PoolCore
import Systemd

extension Configuration {
    /// `martletd NAME`: the pool of /etc/martlet/NAME.conf.
    package static func pool(_ name: String) -> Configuration {
        Configuration(files: SystemFiles()) { source throws(ConfigurationRefused) in
            try PoolSettings.load(pool: name, from: source)
        }
    }

    /// `martletd --config FILE`.
    package static func file(_ path: String) -> Configuration {
        Configuration(files: SystemFiles()) { source throws(ConfigurationRefused) in
            try PoolSettings.load(file: path, from: source)
        }
    }

    /// `martletd --workers N -- COMMAND`.
    package static func command(
        name: String, workers: WorkerCount, workerProtocol: WorkerProtocol, readiness: Readiness,
        command: [String]
    ) -> Configuration {
        Configuration {
            do throws(ConfigurationRefused) {
                return .success(
                    try PoolSettings.foreground(
                        name: name, workers: workers, workerProtocol: workerProtocol,
                        readiness: readiness, command: command))
            } catch {
                return .failure(StartRefused(error))
            }
        }
    }
}

extension Arrangement {
    /// A pool on the sockets that systemd passes.
    package static func service(
        pool: String, _ configuration: Configuration
    ) throws(StartRefused) -> Arrangement {
        let bequest = try Bequest.take(by: configuration)
        guard !bequest.sockets.isEmpty else {
            throw StartRefused(
                .usage,
                "no socket was passed to the pool \"\(pool)\": start it as "
                    + "martlet@\(pool).service, or in the foreground as "
                    + "martletd --config /etc/martlet/\(pool).conf")
        }
        let reading = try bequest.reading(by: configuration)
        return try makeService(configuration, reading, bequest.sockets, bequest)
    }

    /// A pool in the foreground.
    ///
    /// - Parameter addresses: Where to listen, beside what [Socket] of a file says.
    package static func foreground(
        _ configuration: Configuration, listen addresses: [String] = []
    ) throws(StartRefused) -> Arrangement {
        let bequest = try Bequest.take(by: configuration)
        let reading = try bequest.reading(by: configuration)
        var sockets = bequest.sockets
        // Without systemd they are bound here, by the first master of this process.
        if sockets.isEmpty { sockets = try bind(reading.settings) }
        if bequest.succession == nil {
            for address in addresses {
                sockets.append(try .bound(.stream, address, name: reading.settings.pool))
            }
        }
        return try makeForeground(configuration, reading, sockets, bequest)
    }

    /// A program that is its own master, and keeps its sockets where systemd passes none.
    ///
    /// - Parameters:
    ///   - read: Makes the settings, for the start and anew for each reload.
    ///   - passed: What systemd has passed to the program.
    ///   - listeners: What is bound if that is nothing.
    package static func program(
        read: @escaping () -> Result<PoolSettings, StartRefused>, passed: [InheritedDescriptor],
        listeners: [ProgramListener]
    ) throws(StartRefused) -> Arrangement {
        let configuration = Configuration(make: read)
        let reading = try configuration.read().get()
        var sockets = try PoolSocket.checked(passed)
        if sockets.isEmpty {
            for listener in listeners {
                sockets.append(
                    try .bound(
                        listener.kind, listener.address,
                        name: listener.name ?? reading.settings.pool))
            }
        }
        let isService = ServiceManager.isPresent || Journal.isConnectedToStandardError
        return isService
            ? try makeService(configuration, reading, sockets)
            : try makeForeground(configuration, reading, sockets)
    }

    private static func bind(_ settings: PoolSettings) throws(StartRefused) -> [PoolSocket] {
        let name = settings.handedOn.last {
            $0.section == .socket && $0.name == "FileDescriptorName"
        }
        var sockets: [PoolSocket] = []
        for listener in settings.listeners {
            sockets.append(
                try .bound(listener.kind, listener.address, name: name?.value ?? settings.pool))
        }
        return sockets
    }

    private static func makeService(
        _ configuration: Configuration, _ reading: Reading, _ sockets: [PoolSocket],
        _ bequest: Bequest? = nil
    ) throws(StartRefused) -> Arrangement {
        let journal = Journal.isConnectedToStandardError ? try? Journal() : nil
        return try make(
            configuration, reading, sockets, bequest,
            output: journal == nil ? .inherited : .journal, journal: journal, isForeground: false)
    }

    private static func makeForeground(
        _ configuration: Configuration, _ reading: Reading, _ sockets: [PoolSocket],
        _ bequest: Bequest? = nil
    ) throws(StartRefused) -> Arrangement {
        try make(
            configuration, reading, sockets, bequest, output: .relayed, journal: nil,
            isForeground: true)
    }

    private static func make(
        _ configuration: Configuration, _ reading: Reading, _ sockets: [PoolSocket],
        _ bequest: Bequest?, output: WorkerOutput, journal: Journal?, isForeground: Bool
    ) throws(StartRefused) -> Arrangement {
        let pool = reading.settings.pool
        return try StartRefused.wrapping { () throws(SystemError) in
            let given = isForeground ? nil : RunDirectory.ofService()
            let directory = if let given { given } else { try RunDirectory.make(pool: pool) }
            let chronicle = Chronicle(pool: pool, journal: journal)
            return Arrangement(
                pool: pool, reading: reading, configuration: configuration, sockets: sockets,
                directory: directory, chronicle: chronicle, output: output,
                delegated: isForeground ? nil : delegatedGroup(chronicle),
                watchdogInterval: try ServiceManager.watchdogInterval(), isForeground: isForeground,
                succession: bequest?.succession, refused: bequest?.refused)
        }
    }

    /// Our own cgroup, if whoever made it gave it to us (`Delegate=yes`) and groups can be made in
    /// it (`ProtectControlGroups=` would forbid that). In the foreground it is the session's.
    private static func delegatedGroup(_ chronicle: Chronicle) -> ControlGroup? {
        do throws(SystemError) {
            let own = try ControlGroupHierarchy.find().openOwn()
            if own.isDelegated {
                try own.makeChild("probe").remove()
                return own
            }
            chronicle.tellFallback("the unit's cgroup is not delegated")
        } catch {
            chronicle.tellFallback("\(error)")
        }
        return nil
    }
}

/// Where a program that is its own master listens.
package struct ProgramListener: Sendable {
    let kind: Listener.Kind
    let address: String
    let name: String?

    /// - Parameters:
    ///   - address: As in `ListenStream=`.
    ///   - name: `nil` is the pool's.
    package init(_ kind: Listener.Kind, _ address: String, name: String?) {
        self.kind = kind
        self.address = address
        self.name = name
    }
}

extension WorkerLauncher {
    init(_ arrangement: Arrangement) {
        pool = arrangement.pool
        sockets = arrangement.sockets
        directory = arrangement.directory
        output = arrangement.output
        delegated = arrangement.delegated
        diesWithMaster = arrangement.isForeground
        searchPath = arrangement.isForeground ? Self.ownSearchPath : WorkerCommand.searchPath
        baseEnvironment = Self.inheritedEnvironment
        let kept = arrangement.succession?.kept.first(.counters)
        counters = kept.flatMap { try? CounterMemory(kept: $0) } ?? CounterMemory()
    }

    private static var ownSearchPath: [String] {
        OwnProcess.variable("PATH").map { $0.split(separator: ":").map(String.init) }
            ?? WorkerCommand.searchPath
    }

    private static var inheritedEnvironment: [(name: String, value: String)] {
        OwnProcess.environment.compactMap { entry in
            guard let equals = entry.firstIndex(of: "=") else { return nil }
            let name = String(entry[..<equals])
            guard !ServiceManager.privateVariables.contains(name) else { return nil }
            return (name, String(entry[entry.index(after: equals)...]))
        }
    }
}
