// From a generation's settings to one running worker: environment, descriptors, cgroup, streams.
// Invariant: a launch that fails leaves nothing: no process, no socket file, no cgroup, no descriptor.

import LinuxKernel
import PoolConfiguration
import PoolCore
import Systemd

/// What one worker's streams are connected to.
enum WorkerOutput {
    /// A journal stream of its own, named POOL/SLOT.
    case journal
    /// Whatever the master's own streams are.
    case inherited
    /// A pipe to an `OutputRelay`.
    case relayed
}

/// Launches workers of any generation.
struct WorkerLauncher {
    let pool: String
    let sockets: [PoolSocket]
    let directory: RunDirectory
    let output: WorkerOutput
    /// The master's own cgroup, if workers may get groups below it.
    var delegated: ControlGroup?
    /// In the foreground workers must not outlive a master that is killed.
    let diesWithMaster: Bool
    /// Where a command that is a bare name is looked for.
    let searchPath: [String]
    /// The master's own environment, without what speaks to it alone.
    let baseEnvironment: [(name: String, value: String)]
    let counters = CounterMemory()

    /// A launched worker, and the read end of its output if that is relayed.
    struct Launched {
        let handle: WorkerHandle
        let relay: OutputRelay?
    }

    func launch(
        _ id: WorkerID, _ generation: GenerationNumber, _ settings: PoolSettings,
        _ nodeListeners: NodeListeners?
    ) -> Result<Launched, LaunchRefused> {
        do throws(LaunchRefused) {
            return .success(try attempt(id, generation, settings, nodeListeners))
        } catch {
            return .failure(error)
        }
    }

    /// Why there is no worker.
    struct LaunchRefused: Error {
        let failure: LaunchFailure

        init(_ failure: LaunchFailure) {
            self.failure = failure
        }

        init(_ error: SystemError) {
            failure = .refused(error.description)
        }
    }

    private func attempt(
        _ id: WorkerID, _ generation: GenerationNumber, _ settings: PoolSettings,
        _ nodeListeners: NodeListeners?
    ) throws(LaunchRefused) -> Launched {
        var request = try request(id, generation, settings)
        let session = try session(&request, nodeListeners, settings)
        let path = directory.notifyPath(slot: id.slot, incarnation: id.incarnation)
        let streams = try streams(id)
        request.standardOutput = streams.writer
        request.standardError = streams.writer
        if let journal = streams.journalVariable {
            request.environment.append("JOURNAL_STREAM=\(journal)")
        }
        do throws(SystemError) {
            let notifySocket = try DatagramSocket.bind(path: path, mode: 0o666)
            let group = try delegated?.makeChild("worker-\(id)")
            request.controlGroup = group
            do throws(SystemError) {
                let process = try ChildProcess.launch(request)
                let handle = WorkerHandle(
                    id: id, generation: generation, process: process,
                    executable: request.executable, notifySocket: notifySocket, notifyPath: path,
                    controlGroup: group, session: session)
                return Launched(handle: handle, relay: streams.relay)
            } catch {
                _ = try? group?.remove()
                throw error
            }
        } catch {
            _ = try? FileSystem.unlink(path)
            throw LaunchRefused(error)
        }
    }

    private func request(
        _ id: WorkerID, _ generation: GenerationNumber, _ settings: PoolSettings
    ) throws(LaunchRefused) -> LaunchRequest {
        let environment = environment(id, generation, settings)
        let command = settings.worker.command.resolve(
            post: .slot(id.slot), generation: generation,
            environment: Dictionary(environment, uniquingKeysWith: { _, last in last }))
        var request = LaunchRequest(
            executable: try executable(command.program), arguments: command.arguments)
        request.environment = environment.map { "\($0.0)=\($0.1)" }
        request.descriptors = inherited(settings).map(\.shared)
        request.ownPidVariables = request.descriptors.isEmpty ? [] : ["LISTEN_PID"]
        if settings.worker.policy.watchdogInterval != nil {
            request.ownPidVariables.append("WATCHDOG_PID")
        }
        request.workingDirectory = workingDirectory(id, generation, settings)
        if diesWithMaster {
            request.parentDeathSignal = settings.worker.policy.killSignal.number
        }
        return request
    }

    /// The sockets that a worker inherits. Node's programs ask for theirs through the channel, and
    /// what the master accepts from is not for workers.
    private func inherited(_ settings: PoolSettings) -> [PoolSocket] {
        switch settings.workerProtocol {
        case .systemd: sockets
        case .node: []
        case .martlet: sockets.filter { !isDispatched($0, settings) }
        }
    }

    /// The indices of the sockets whose connections come by the channel.
    private func dispatched(_ settings: PoolSettings) -> [Int] {
        sockets.indices.filter { isDispatched(sockets[$0], settings) }
    }

    private func isDispatched(_ socket: PoolSocket, _ settings: PoolSettings) -> Bool {
        settings.dispatch != .shared && socket.facts.isListening
    }

    /// The channel comes after the inherited sockets, which begin at descriptor 3; after it the memory
    /// of the counters, for those who can map it.
    private func session(
        _ request: inout LaunchRequest, _ listeners: NodeListeners?, _ settings: PoolSettings
    ) throws(LaunchRefused) -> (any WorkerSession)? {
        guard let kind = settings.workerProtocol.channelKind else { return nil }
        do throws(SystemError) {
            let (own, other) = try ChannelPair.make(kind)
            request.descriptors.append(other)
            guard let listeners else {
                request.descriptors.append(try counters.descriptor())
                return MartletSession(own, dispatched: dispatched(settings))
            }
            return NodeSession(own, listeners, counters, settings)
        } catch {
            throw LaunchRefused(error)
        }
    }

    private func executable(_ program: String) throws(LaunchRefused) -> String {
        let found: String?
        do throws(SystemError) {
            found = try Executable.find(program, searchPath: searchPath)
            if let found, !found.hasPrefix("/") {
                return "\(try OwnProcess.workingDirectory())/\(found)"
            }
        } catch {
            throw LaunchRefused(error)
        }
        if let found { return found }
        let places = searchPath.joined(separator: ":")
        throw LaunchRefused(
            .notExecuted("could not execute \(program): it is in none of \(places)"))
    }

    private func workingDirectory(
        _ id: WorkerID, _ generation: GenerationNumber, _ settings: PoolSettings
    ) -> String? {
        guard let wanted = settings.worker.workingDirectory else { return nil }
        let path = wanted.path.expand(post: .slot(id.slot), generation: generation)
        guard wanted.isOptional else { return path }
        let status = (try? FileSystem.status(of: path)) ?? nil
        return status?.kind == .directory ? path : nil
    }

    // MARK: Environment

    /// Later ones win; each name comes once.
    private func environment(
        _ id: WorkerID, _ generation: GenerationNumber, _ settings: PoolSettings
    ) -> [(String, String)] {
        var own: [(String, String)] = [
            ("MARTLET_POOL", pool), ("MARTLET_WORKER", "\(id.slot)"),
            ("MARTLET_GENERATION", "\(generation)"),
            ("NOTIFY_SOCKET", directory.notifyPath(slot: id.slot, incarnation: id.incarnation)),
        ]
        let inherited = inherited(settings)
        if !inherited.isEmpty {
            own.append(("LISTEN_FDS", "\(inherited.count)"))
            own.append(("LISTEN_FDNAMES", inherited.map(\.name).joined(separator: ":")))
        }
        own += channelVariables(id, settings, descriptor: 3 + inherited.count)
        if let interval = settings.worker.policy.watchdogInterval {
            own.append(("WATCHDOG_USEC", "\(interval.saturatingNanoseconds / 1_000)"))
        }
        let configured = settings.worker
            .environment(post: .slot(id.slot), generation: generation)
            .map { ($0.name, $0.value) }
        // PM2's name for the slot; a configuration that uses it otherwise wins.
        let habit = [("NODE_APP_INSTANCE", "\(id.slot)")]
        return Self.merged([baseEnvironment.map { ($0.name, $0.value) }, habit, configured, own])
    }

    private func channelVariables(
        _ id: WorkerID, _ settings: PoolSettings, descriptor: Int
    ) -> [(String, String)] {
        switch settings.workerProtocol {
        case .systemd: return []
        case .node:
            // The last is what `cluster.worker.id` is: never given twice.
            return [
                ("NODE_CHANNEL_FD", "\(descriptor)"), ("NODE_CHANNEL_SERIALIZATION_MODE", "json"),
                ("NODE_UNIQUE_ID", "\(id.incarnation)"),
            ]
        case .martlet:
            let names = dispatched(settings).map { sockets[$0].name }
            return [
                ("MARTLET_CHANNEL", "\(descriptor)"),
                ("MARTLET_COUNTERS", "\(descriptor + 1)"),
                ("MARTLET_INCARNATION", "\(id.incarnation)"),
                ("MARTLET_DISPATCHED", names.joined(separator: ":")),
            ]
        }
    }

    private static func merged(_ layers: [[(String, String)]]) -> [(String, String)] {
        var places: [String: Int] = [:]
        var merged: [(String, String)] = []
        for (name, value) in layers.joined() {
            if let place = places[name] {
                merged[place].1 = value
            } else {
                places[name] = merged.count
                merged.append((name, value))
            }
        }
        return merged
    }

    // MARK: Streams

    private struct Streams {
        var writer: SharedDescriptor
        var journalVariable: String?
        var relay: OutputRelay?
    }

    private func streams(_ id: WorkerID) throws(LaunchRefused) -> Streams {
        do throws(SystemError) {
            switch output {
            case .journal: return try journalStream(id)
            case .inherited: return try inheritedStream()
            case .relayed:
                let (reader, writer) = try Pipe.make()
                return Streams(
                    writer: writer,
                    relay: OutputRelay(
                        reader, pool: pool, slot: id.slot,
                        isColoured: Colour.areWanted(on: .error)))
            }
        } catch {
            throw LaunchRefused(error)
        }
    }

    /// A worker without a journal is better than none: it then shares the master's stream.
    private func journalStream(_ id: WorkerID) throws(SystemError) -> Streams {
        do throws(SystemError) {
            let stream = try Journal.stream(identifier: "\(pool)/\(id.slot)")
            let variable = Journal.streamVariable(for: stream)
            return Streams(writer: SharedDescriptor(stream), journalVariable: variable)
        } catch {
            return try inheritedStream()
        }
    }

    private func inheritedStream() throws(SystemError) -> Streams {
        Streams(writer: SharedDescriptor(try StandardStream.error.duplicate()))
    }
}

extension WorkerProtocol {
    /// What the channel is; `nil` if workers have none.
    fileprivate var channelKind: SocketKind? {
        switch self {
        case .systemd: nil
        case .node: .stream
        case .martlet: .sequentialPacket
        }
    }
}
