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
        case .poolStart, .rollout, .rollback, .scale: return
        }
        starts.append(turn.now)
        starts.removeFirst(max(0, starts.count - 40))
        for (index, start) in starts.enumerated() {
            let count = starts.count - index
            let time = turn.now - start
            let allowed = burst + Int(time / .milliseconds(100))
            findings.check(count <= allowed, "\(id) is start \(count) in \(time)")
        }
    }
}
