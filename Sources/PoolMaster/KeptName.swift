// The names under which descriptors wait for the next master: in systemd's store, or open across an
// execution.
// Invariant: each begins with `Activation.storePrefix`, or `handoverPrefix`.

import PoolCore
import Systemd

/// What a descriptor that was kept is.
enum KeptName: Hashable, CustomStringConvertible {
    /// The memory of `StateMemory`.
    case state
    case counters
    /// Of a worker: its pidfd, its notify socket, our end of its channel. They are told apart by what
    /// they are.
    case worker(WorkerID)
    /// Of a worker: the pipe of its output, where that is relayed.
    case relay(WorkerID)
    /// A connection of the socket of an index, accepted and with nobody.
    case connection(Int)
    /// The control socket, which listens: only left from one execution to the next.
    case control

    var description: String {
        switch self {
        case .state: "martlet.state"
        case .counters: "martlet.counters"
        case .worker(let id): "martlet.worker.\(id.slot).\(id.incarnation)"
        case .relay(let id): "martlet.relay.\(id.slot).\(id.incarnation)"
        case .connection(let index): "martlet.connection.\(index)"
        case .control: "martlet:control"
        }
    }

    init?(_ text: String) {
        if text == Self.control.description {
            self = .control
            return
        }
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        guard words.count >= 2, words[0] == "martlet" else { return nil }
        let numbers = words.dropFirst(2).map { UInt64($0) }
        switch (words[1], numbers.count) {
        case ("state", 0): self = .state
        case ("counters", 0): self = .counters
        case ("worker", 2), ("relay", 2):
            guard let slot = numbers[0].flatMap({ Int(exactly: $0) }), let incarnation = numbers[1]
            else { return nil }
            let id = WorkerID(slot: slot, incarnation: incarnation)
            self = words[1] == "worker" ? .worker(id) : .relay(id)
        case ("connection", 1):
            guard let index = numbers[0].flatMap({ Int(exactly: $0) }) else { return nil }
            self = .connection(index)
        default: return nil
        }
    }
}
