// Whom a message reaches.

import PoolCore
import PoolWire

extension MessageAddress {
    /// - Parameters:
    ///   - workers: Those that serve, one a slot, in the order of slots.
    ///   - rising: Those that do not yet: their slots are spoken to if nobody serves there.
    ///   - agent: `nil` if it is not there.
    ///   - sender: `nil` for somebody outside of the pool.
    ///   - chance: Any number; asked for only where chance decides.
    func recipients(
        among workers: [WorkerID], rising: [WorkerID], agent: WorkerID?, from sender: WorkerID?,
        chance: @autoclosure () -> UInt64
    ) -> [WorkerID] {
        let everybody = workers + (agent.map { [$0] } ?? [])
        switch self {
        case .all: return everybody
        case .others: return everybody.filter { $0 != sender }
        case .workers: return workers
        case .agent: return agent.map { [$0] } ?? []
        case .subscribers: return []
        case .slot(let slot):
            let holder = (workers + rising).first { $0.slot == Int(slot) }
            return holder.map { [$0] } ?? []
        case .random:
            let others = workers.filter { $0 != sender }
            let candidates = others.isEmpty ? workers : others
            guard !candidates.isEmpty else { return [] }
            return [candidates[Int(chance() % UInt64(candidates.count))]]
        }
    }
}

extension MessageSender {
    init(_ id: WorkerID) {
        self = id.isAgent ? .agent : .slot(UInt32(clamping: id.slot))
    }
}
