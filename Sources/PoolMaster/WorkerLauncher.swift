// From a generation's settings to one running worker: command, descriptors, channel, cgroup.
// Invariant: a launch that fails leaves nothing: no process, no socket file, no cgroup, no descriptor.

import LinuxKernel
import PoolConfiguration
import PoolCore
import Systemd

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
    let counters: CounterMemory

    /// A launched worker, and the read end of its output if that is relayed.
    struct Launched {
        let handle: WorkerHandle
        let relay: OutputRelay?
    }

    func launch(_ order: LaunchOrder) -> Result<Launched, LaunchRefused> {
        do throws(LaunchRefused) {
            return .success(try attempt(order))
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

    private func attempt(_ order: LaunchOrder) throws(LaunchRefused) -> Launched {
        var request = try request(order)
        let session = try session(&request, order)
        let path = notifyPath(order.id)
        let streams = try WorkerStreams(output, pool: pool, post: order.post)
        request.standardOutput = streams.writer
        request.standardError = streams.writer
        if let journal = streams.journalVariable {
            request.environment.append("JOURNAL_STREAM=\(journal)")
        }
        do throws(SystemError) {
            let notifySocket = SharedDescriptor(try DatagramSocket.bind(path: path, mode: 0o666))
            let group = try delegated?.makeChild(order.groupName)
            request.controlGroup = group
            do throws(SystemError) {
                let process = try ChildProcess.launch(request)
                let handle = WorkerHandle(
                    id: order.id, generation: order.generation, process: process,
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

    func notifyPath(_ id: WorkerID) -> String {
        directory.notifyPath(post: "\(id.post)", incarnation: id.incarnation)
    }

    private func request(_ order: LaunchOrder) throws(LaunchRefused) -> LaunchRequest {
        let environment = environment(order)
        let command = order.program.command.resolve(
            post: order.post, generation: order.generation,
            environment: Dictionary(environment, uniquingKeysWith: { _, last in last }))
        var request = LaunchRequest(
            executable: try executable(command.program), arguments: command.arguments)
        request.environment = environment.map { "\($0.0)=\($0.1)" }
        request.descriptors = inherited(order).map(\.shared)
        request.ownPidVariables = request.descriptors.isEmpty ? [] : ["LISTEN_PID"]
        if order.program.policy.watchdogInterval != nil {
            request.ownPidVariables.append("WATCHDOG_PID")
        }
        request.workingDirectory = workingDirectory(order)
        if diesWithMaster {
            request.parentDeathSignal = order.program.policy.killSignal.number
        }
        return request
    }

    /// The sockets that a worker inherits. Node's programs ask for theirs through the channel, what
    /// the master accepts from is not for workers, and nothing is for the agent.
    func inherited(_ order: LaunchOrder) -> [PoolSocket] {
        if order.isAgent { return [] }
        return switch order.settings.workerProtocol {
        case .systemd: sockets
        case .node: []
        case .martlet: sockets.filter { !isDispatched($0, order) }
        }
    }

    /// The indices of the sockets whose connections come by the channel.
    func dispatched(_ order: LaunchOrder) -> [Int] {
        sockets.indices.filter { isDispatched(sockets[$0], order) }
    }

    private func isDispatched(_ socket: PoolSocket, _ order: LaunchOrder) -> Bool {
        !order.isAgent && order.settings.dispatch != .shared && socket.facts.isListening
    }

    /// The channel comes after the inherited sockets, which begin at descriptor 3; after it the memory
    /// of the counters, for those who can map it.
    private func session(
        _ request: inout LaunchRequest, _ order: LaunchOrder
    ) throws(LaunchRefused) -> (any WorkerSession)? {
        guard let kind = order.settings.workerProtocol.channelKind else { return nil }
        do throws(SystemError) {
            let (own, other) = try ChannelPair.make(kind)
            request.descriptors.append(other)
            guard let listeners = order.nodeListeners else {
                request.descriptors.append(try counters.descriptor())
                return MartletSession(own, dispatched: dispatched(order))
            }
            return NodeSession(own, listeners, counters, order)
        } catch {
            throw LaunchRefused(error)
        }
    }

    /// The same with a worker that the master before has launched.
    ///
    /// - Parameters:
    ///   - state: `nil` if the master had no time to write any down: then nothing was said yet.
    ///   - master: The number of that one.
    func resumeSession(
        _ end: SharedDescriptor, _ order: LaunchOrder, _ state: SessionState?, after master: Int
    ) -> any WorkerSession {
        guard let listeners = order.nodeListeners else {
            return MartletSession(
                resuming: state ?? SessionState(), end, dispatched: dispatched(order))
        }
        // Far above all that the masters before have used.
        return NodeSession(
            end, listeners, counters, order, resuming: state ?? SessionState(),
            firstSequence: master << 32)
    }

    /// The cgroup of a worker that was launched before; `nil` if it has none.
    func openGroup(_ order: LaunchOrder) -> ControlGroup? {
        (try? delegated?.open(child: order.groupName)) ?? nil
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

    private func workingDirectory(_ order: LaunchOrder) -> String? {
        guard let wanted = order.program.workingDirectory else { return nil }
        let path = wanted.path.expand(post: order.post, generation: order.generation)
        guard wanted.isOptional else { return path }
        let status = (try? FileSystem.status(of: path)) ?? nil
        return status?.kind == .directory ? path : nil
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
