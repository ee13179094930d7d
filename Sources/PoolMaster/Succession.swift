// What a master takes over from the one before.
// Invariant: either all of it was read and makes sense, or nothing of it is used and its workers are
// ended.

import LinuxKernel
import PoolConfiguration
import PoolCore
import Systemd

/// The descriptors that were kept, by what they are.
struct KeptDescriptors {
    static let none = KeptDescriptors([])

    private(set) var all: [(name: KeptName, shared: SharedDescriptor)] = []

    /// - Parameter inherited: What has a name that means nothing to this version is let go.
    init(_ inherited: [InheritedDescriptor]) {
        for descriptor in inherited {
            if let name = KeptName(descriptor.name) { all.append((name, descriptor.shared)) }
        }
    }

    func first(_ name: KeptName) -> SharedDescriptor? { all.first { $0.name == name }?.shared }

    /// The workers of whom anything was kept.
    var workers: [WorkerID: [SharedDescriptor]] {
        var found: [WorkerID: [SharedDescriptor]] = [:]
        for case (.worker(let id), let shared) in all { found[id, default: []].append(shared) }
        return found
    }

    var connections: [(index: Int, shared: SharedDescriptor)] {
        all.compactMap { name, shared in
            guard case .connection(let index) = name else { return nil }
            return (index, shared)
        }
    }
}

/// The pool as the master before has left it.
package final class Succession {
    let memory: StateMemory
    let state: MasterState
    /// Empty once they were taken over: what nobody else holds is closed then.
    var kept: KeptDescriptors
    let cause: Resumption.Cause
    /// How long nobody watched.
    let gap: Duration
    /// How many masters have tried to go on here, and did not come far.
    let attempts: UInt32
    /// How many effects of the outbox were carried out.
    let done: Int
    /// Of the generations that the core knows.
    let settings: [GenerationNumber: PoolSettings]

    private init(
        _ memory: StateMemory, _ state: MasterState, _ kept: KeptDescriptors,
        _ settings: [GenerationNumber: PoolSettings]
    ) {
        self.memory = memory
        self.state = state
        self.kept = kept
        self.settings = settings
        let mark = Departure.Mark(rawValue: memory.departure)
        cause = mark.kind?.cause ?? .death
        attempts = mark.attempts
        gap = .nanoseconds(max(0, MonotonicClock.now() - memory.aliveAt))
        done = memory.done
    }

    /// - Returns: `nil` if there was no master before, or it had not begun.
    static func find(
        _ kept: KeptDescriptors, by configuration: Configuration
    ) throws(StateRefused) -> Succession? {
        guard let file = kept.first(.state) else { return nil }
        let memory: StateMemory
        let image: [UInt8]?
        do throws(SystemError) {
            memory = try StateMemory(file)
            image = try memory.image()
        } catch {
            throw StateRefused(description: "the state is damaged: \(error)")
        }
        guard let image else { return nil }
        let state = try MasterState(decoding: image)
        let succession = Succession(
            memory, state, kept, try state.settings(by: configuration))
        guard succession.attempts < Departure.mostAttempts else {
            throw StateRefused(
                description: "\(succession.attempts) masters in a row have died over the state")
        }
        return succession
    }

    /// Where workers that may have been taken back write to.
    func notifyPaths(_ directory: RunDirectory) -> [String] {
        kept.workers.keys.map {
            directory.notifyPath(post: "\($0.post)", incarnation: $0.incarnation)
        }
    }

    /// The generation that the pool settled on.
    var reading: Reading? {
        let number = state.company.workers.settled
        return settings[number].map { Reading($0, texts: state.generations[number]?.texts) }
    }
}

extension MasterState {
    /// Made again of what they were made of.
    func settings(
        by configuration: Configuration
    ) throws(StateRefused) -> [GenerationNumber: PoolSettings] {
        var made: [GenerationNumber: PoolSettings] = [:]
        for (number, generation) in generations {
            switch configuration.restore(generation.texts) {
            case .success(let settings): made[number] = settings
            case .failure(let refused):
                throw StateRefused(
                    description: "this martlet refuses the configuration of generation \(number): "
                        + refused.description)
            }
        }
        guard let settled = made[company.workers.settled] else {
            throw StateRefused(description: "the state is damaged: it has no configuration")
        }
        guard settled.pool == pool else {
            throw StateRefused(description: "the state is of another pool, \(pool)")
        }
        return made
    }
}
