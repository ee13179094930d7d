// The books on how often workers are replaced: never faster than ten a second in the long run.

import PoolCore

struct PaceBook {
    private var starts: [Instant] = []
    /// The most slots there ever were: as many may come back at once.
    private var burst = 10

    /// A worker was started. Returns what is wrong with it.
    mutating func started(
        _ id: WorkerID, _ reason: Record.StartReason, at now: Instant, _ pool: Pool
    ) -> [String] {
        burst = max(burst, pool.seats.count)
        switch reason {
        case .replacement, .lifetime, .memory: break
        case .poolStart, .rollout, .rollback, .scale: return []
        }
        starts.append(now)
        starts.removeFirst(max(0, starts.count - 100))
        for (index, start) in starts.enumerated() {
            let count = starts.count - index
            let allowed = burst + Int((now - start) / .milliseconds(100))
            if count > allowed { return ["\(id) is start \(count) in \(now - start)"] }
        }
        return []
    }
}
