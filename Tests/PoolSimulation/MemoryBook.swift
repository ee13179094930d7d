// The books on memory: who was measured, and how often above the limit in a row.

import PoolCore

struct MemoryBook {
    private var samples: [WorkerID: [UInt64]] = [:]
    private var lastAsked: Instant?

    mutating func measured(_ id: WorkerID, _ bytes: UInt64) {
        samples[id, default: []].append(bytes)
    }

    mutating func asked(_ ids: [WorkerID], at now: Instant, _ pool: Pool) -> [String] {
        defer { lastAsked = now }
        if let lastAsked, now - lastAsked < .seconds(5) {
            return ["memory is measured after \(now - lastAsked)"]
        }
        return ids.filter { id in
            !pool.workers.contains {
                $0.id == id && pool.policy(of: $0.generation).worker.memoryLimit != nil
            }
        }
        .map { "\($0) is measured, but has no limit" }
    }

    /// A worker was started in place of one that is too large.
    func recycled(_ id: WorkerID, limit: UInt64, _ pool: Pool) -> [String] {
        if pool.rollout != nil { return ["\(id) recycles in a rollout"] }
        let isRight = pool.workers.contains { worker in
            let last = samples[worker.id, default: []].suffix(3)
            return worker.id.slot == id.slot && worker.id != id && last.count == 3
                && last.allSatisfy { $0 > limit }
        }
        return isRight ? [] : ["\(id) recycles one that is not above \(limit) bytes"]
    }
}
