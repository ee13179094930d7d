// The three ways to begin: a service of systemd, a file in the foreground, a command line.

import ConfigurationFiles
import LinuxKernel
import PoolConfiguration
import PoolCore
import Systemd

extension Arrangement {
    /// `martletd NAME`: the pool of /etc/martlet/NAME.conf on the sockets systemd passes.
    package static func service(pool: String) throws(StartRefused) -> Arrangement {
        let read = {
            Self.settings { () throws(ConfigurationRefused) in
                try PoolSettings.load(pool: pool, from: SystemFiles())
            }
        }
        let sockets = try PoolSocket.inherited()
        guard !sockets.isEmpty else {
            throw StartRefused(
                .usage,
                "no socket was passed to the pool \"\(pool)\": start it as "
                    + "martlet@\(pool).service, or in the foreground as "
                    + "martletd --config /etc/martlet/\(pool).conf")
        }
        let settings = try read().get()
        return try makeService(settings, read, sockets)
    }

    /// `martletd --config FILE`: without systemd the sockets of the file's [Socket] are bound here.
    package static func foreground(file: String) throws(StartRefused) -> Arrangement {
        let read = {
            Self.settings { () throws(ConfigurationRefused) in
                try PoolSettings.load(file: file, from: SystemFiles())
            }
        }
        let settings = try read().get()
        var sockets = try PoolSocket.inherited()
        if sockets.isEmpty { sockets = try bind(settings) }
        return try makeForeground(settings, read, sockets)
    }

    /// `martletd --listen ADDRESS --workers N -- COMMAND`.
    package static func foreground(
        name: String, listen addresses: [String], workers: WorkerCount,
        workerProtocol: WorkerProtocol, readiness: Readiness, command: [String]
    ) throws(StartRefused) -> Arrangement {
        let read = {
            Self.settings { () throws(ConfigurationRefused) in
                try PoolSettings.foreground(
                    name: name, workers: workers, workerProtocol: workerProtocol,
                    readiness: readiness, command: command)
            }
        }
        let settings = try read().get()
        var sockets = try PoolSocket.inherited()
        for address in addresses { sockets.append(try .bound(.stream, address, name: name)) }
        return try makeForeground(settings, read, sockets)
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
        let settings = try read().get()
        var sockets = try PoolSocket.checked(passed)
        if sockets.isEmpty {
            for listener in listeners {
                sockets.append(
                    try .bound(
                        listener.kind, listener.address, name: listener.name ?? settings.pool))
            }
        }
        let isService = ServiceManager.isPresent || Journal.isConnectedToStandardError
        return isService
            ? try makeService(settings, read, sockets)
            : try makeForeground(settings, read, sockets)
    }

    private static func settings(
        _ load: () throws(ConfigurationRefused) -> PoolSettings
    ) -> Result<PoolSettings, StartRefused> {
        do throws(ConfigurationRefused) {
            return .success(try load())
        } catch {
            return .failure(StartRefused(error))
        }
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
        _ settings: PoolSettings, _ read: @escaping () -> Result<PoolSettings, StartRefused>,
        _ sockets: [PoolSocket]
    ) throws(StartRefused) -> Arrangement {
        let journal = Journal.isConnectedToStandardError ? try? Journal() : nil
        return try make(
            settings, read, sockets, output: journal == nil ? .inherited : .journal,
            journal: journal, isForeground: false)
    }

    private static func makeForeground(
        _ settings: PoolSettings, _ read: @escaping () -> Result<PoolSettings, StartRefused>,
        _ sockets: [PoolSocket]
    ) throws(StartRefused) -> Arrangement {
        try make(settings, read, sockets, output: .relayed, journal: nil, isForeground: true)
    }

    private static func make(
        _ settings: PoolSettings, _ read: @escaping () -> Result<PoolSettings, StartRefused>,
        _ sockets: [PoolSocket], output: WorkerOutput, journal: Journal?, isForeground: Bool
    ) throws(StartRefused) -> Arrangement {
        try StartRefused.wrapping { () throws(SystemError) in
            let given = isForeground ? nil : RunDirectory.ofService()
            let directory =
                if let given { given } else { try RunDirectory.make(pool: settings.pool) }
            let chronicle = Chronicle(pool: settings.pool, journal: journal)
            return Arrangement(
                pool: settings.pool, settings: settings, read: read, sockets: sockets,
                directory: directory, chronicle: chronicle, output: output,
                delegated: isForeground ? nil : delegatedGroup(chronicle),
                watchdogInterval: try ServiceManager.watchdogInterval(), isForeground: isForeground)
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
