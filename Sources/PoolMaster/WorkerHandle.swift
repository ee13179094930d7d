// All that the master holds for one worker: its process, its notify socket, its cgroup.
// Invariant: it is made whole or not at all, and given up once, by `Master.forget`.

import LinuxKernel
import PoolCore
import Systemd

/// The kernel's side of one worker.
final class WorkerHandle {
    let id: WorkerID
    let generation: GenerationNumber
    let process: ChildProcess
    /// What the process is to execute, for people.
    let executable: String
    let notifySocket: SharedDescriptor
    let notifyPath: String
    /// `nil` where cgroups are not ours to make: the process group has to do.
    let controlGroup: ControlGroup?
    /// `nil` where workers have no channel.
    let session: (any WorkerSession)?
    /// What of the channel is watched.
    var channelEvents: EpollEvents = .readable
    /// Whether nobody was told yet that its channel is closed.
    var isDisconnectNews = true
    /// Whether its notifications wait for what was heard of it to be written down.
    var isHeld = false
    /// What was said of its messages.
    var warned: Set<String> = []
    /// Requests that it has answered and has under way; `nil` if it does not count them.
    private(set) var requests: (finished: UInt64, underWay: UInt16)?
    /// Of an agent: who serves, as far as it was told.
    var knownWorkers: [WorkerID]?
    /// Why its program never ran, once known.
    var failure: LaunchFailure?
    var isVerdictOpen: Bool

    init(
        id: WorkerID, generation: GenerationNumber, process: ChildProcess, executable: String,
        notifySocket: SharedDescriptor, notifyPath: String, controlGroup: ControlGroup?,
        session: (any WorkerSession)?, requests: UInt64? = nil
    ) {
        self.id = id
        self.generation = generation
        self.process = process
        self.executable = executable
        self.notifySocket = notifySocket
        self.notifyPath = notifyPath
        self.controlGroup = controlGroup
        self.session = session
        self.requests = requests.map { ($0, 0) }
        // Of one that was taken back there is none: it runs its program.
        isVerdictOpen = process.verdictDescriptor != nil
    }

    /// What people call it.
    var title: String { id.isAgent ? "the agent" : "worker \(id.slot)" }

    /// What the journal is told of it beside a sentence.
    var fields: [JournalField] {
        [
            JournalField("MARTLET_WORKER", "\(id.post)"),
            JournalField("WORKER_PID", "\(process.pid)"),
        ]
    }

    func count(_ finished: UInt32, underWay: UInt16) {
        requests = ((requests?.finished ?? 0) &+ UInt64(finished), underWay)
    }

    /// SIGKILL to the worker and to all that it has started. Each way reaches what another can't:
    /// the cgroup those that left the process group, the pidfd one that is not in either yet.
    func kill() {
        try? controlGroup?.kill()
        _ = try? process.signalGroup(Signal.kill.number)
        _ = try? process.signal(Signal.kill.number)
    }

    /// Memory that the worker has for itself, with all that it has started where it has a cgroup of
    /// its own; `nil` if that can't be found out.
    func ownMemory() -> UInt64? {
        let ofGroup = try? controlGroup?.ownMemory()
        return ofGroup ?? ProcessMemory.own(pid: process.pid)
    }

    /// Takes the exit of the main process, after the rest of its process group was sent SIGKILL:
    /// as long as the zombie is there, the number of the group can be nobody else's.
    func reap() -> ExitStatus? {
        guard let peeked = try? process.peekExit() else { return nil }
        _ = try? process.signalGroup(Signal.kill.number)
        let exit = (try? process.reap()) ?? peeked
        return ExitStatus(exit)
    }
}

extension ExitStatus {
    init(_ exit: ProcessExit) {
        switch exit {
        case .exited(let code): self = .exited(code)
        case .unknown: self = .unknown
        case .signaled(let number, let core): self = .signaled(Signal(number), coreDumped: core)
        }
    }
}
