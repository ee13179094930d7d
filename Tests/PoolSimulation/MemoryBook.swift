// The book on memory: who is measured, how often, and that only those are recycled who were above
// their limit three times in a row.

import PoolCore

struct MemoryBook: Book {
    private var samples: [WorkerID: [UInt64]] = [:]
    private var lastAsked: Instant?

    mutating func hear(_ event: Event, at now: Instant) {
        if case .memoryMeasured(let id, let bytes) = event {
            samples[id, default: []].append(bytes)
        }
    }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        switch effect {
        case .measureMemory(let ids): checkQuestion(ids, turn, &findings)
        case .record(.workerStarted(let id, _, .memory(_, let limit))):
            checkRecycling(id, limit, turn.after, &findings)
        case .forget(let id): samples[id] = nil
        default: break
        }
    }

    private mutating func checkQuestion(
        _ ids: [WorkerID], _ turn: Turn, _ findings: inout Findings
    ) {
        if let lastAsked {
            let wait = turn.now - lastAsked
            findings.check(wait >= .seconds(5), "memory is measured after \(wait)")
        }
        lastAsked = turn.now
        for id in ids {
            let hasLimit = turn.after.workers.contains {
                $0.id == id && turn.after.policy(of: $0.generation).worker.memoryLimit != nil
            }
            findings.check(hasLimit, "\(id) is measured, but has no limit")
        }
    }

    /// A worker was started in place of one that is too large.
    private func checkRecycling(
        _ id: WorkerID, _ limit: UInt64, _ pool: Pool, _ findings: inout Findings
    ) {
        findings.check(pool.rollout == nil, "\(id) recycles in a rollout")
        let isRight = pool.workers.contains { worker in
            let last = samples[worker.id, default: []].suffix(3)
            return worker.id.slot == id.slot && worker.id != id && last.count == 3
                && last.allSatisfy { $0 > limit }
        }
        findings.check(isRight, "\(id) recycles one that is not above \(limit) bytes")
    }
}
