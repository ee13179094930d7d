// Whom a message reaches.

import PoolCore
import PoolWire

extension MessageAddress {
    /// - Parameters:
    ///   - serving: One a slot, in the order of slots.
    ///   - sender: `nil` for somebody outside of the pool.
    ///   - chance: Any number; it decides what chance decides.
    func recipients(
        among serving: [WorkerID], from sender: WorkerID?, chance: UInt64
    ) -> [WorkerID] {
        switch self {
        case .all: return serving
        case .others: return serving.filter { $0 != sender }
        case .slot(let slot): return serving.filter { $0.slot == Int(slot) }
        case .random:
            let others = serving.filter { $0 != sender }
            let candidates = others.isEmpty ? serving : others
            guard !candidates.isEmpty else { return [] }
            return [candidates[Int(chance % UInt64(candidates.count))]]
        }
    }
}
