// The book on the pace: workers are replaced no faster than ten a second in the long run.

import PoolCore

struct PaceBook: Book {
    private var starts: [Instant] = []
    /// The most slots there ever were: as many may come back at once.
    private var burst = 10

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        guard case .record(.workerStarted(let id, _, let reason)) = effect else { return }
        burst = max(burst, turn.after.seats.count)
        switch reason {
        case .replacement, .lifetime, .memory: break
        case .poolStart, .rollout, .rollback, .scale, .asked: return
        }
        checkQueue(id, turn, &findings)
        starts.append(turn.now)
        starts.removeFirst(max(0, starts.count - 40))
        for (index, start) in starts.enumerated() {
            let count = starts.count - index
            let time = turn.now - start
            let allowed = burst + Int(time / .milliseconds(100))
            findings.check(count <= allowed, "\(id) is start \(count) in \(time)")
        }
    }

    /// Whoever has waited longest is served first.
    private func checkQueue(_ id: WorkerID, _ turn: Turn, _ findings: inout Findings) {
        guard let own = waiting(id.slot, in: turn.before) else { return }
        for slot in turn.after.seats.indices {
            guard let other = waiting(slot, in: turn.before), other < own else { continue }
            findings.check(
                waiting(slot, in: turn.after) != other,
                "\(id) is started before slot \(slot), which waits longer")
        }
    }

    /// Since when a slot that has no worker could have one.
    private func waiting(_ slot: Slot, in pool: Pool) -> Instant? {
        guard slot < pool.seats.count else { return nil }
        let isEmpty = pool.workers.allSatisfy { $0.id.slot != slot || $0.role == .leaver }
        return isEmpty ? pool.seats[slot].pause?.due : nil
    }
}

extension Seat.Pause {
    fileprivate var due: Instant? {
        switch self {
        case .backoff(let until), .startLimit(let until): until
        case .finished: nil
        }
    }
}
