// One process that is to be launched: which one, and by whose settings.

import PoolConfiguration
import PoolCore

struct LaunchOrder {
    let id: WorkerID
    let generation: GenerationNumber
    let settings: PoolSettings
    /// `nil` but for programs of Node.
    let nodeListeners: NodeListeners?
    /// Its command, its environment and its rules.
    let program: ProgramSettings

    /// `nil` for an agent of settings that have none.
    init?(
        _ id: WorkerID, _ generation: GenerationNumber, _ settings: PoolSettings,
        _ nodeListeners: NodeListeners? = nil
    ) {
        guard let program = id.isAgent ? settings.agent : settings.worker else { return nil }
        self.id = id
        self.generation = generation
        self.settings = settings
        self.nodeListeners = nodeListeners
        self.program = program
    }

    var isAgent: Bool { id.isAgent }
    var post: Post { id.post }
    /// Of its cgroup.
    var groupName: String { isAgent ? "agent-\(id.incarnation)" : "worker-\(id)" }

    /// Of the worker whose cgroup has this name; `nil` if it is no worker's.
    static func incarnation(ofGroup name: String) -> UInt64? {
        guard name.hasPrefix("agent-") || name.hasPrefix("worker-") else { return nil }
        return name.split { $0 == "-" || $0 == "." }.last.flatMap { UInt64($0) }
    }
}

extension WorkerID {
    var post: Post { isAgent ? .agent : .slot(slot) }
}
