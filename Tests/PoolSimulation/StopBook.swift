// The book on stops: the first one asks everybody, the second one waits for nobody.

import PoolCore

struct StopBook: Book {
    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        guard case .stopRequested = turn.event else { return }
        switch turn.before.phase {
        case .rising, .serving:
            findings.check(
                turn.after.phase != .rising && turn.after.phase != .serving,
                "the pool was asked to stop and does not")
        case .stopping:
            findings.check(
                turn.after.workers.allSatisfy { $0.state == .killed },
                "a worker may go on after the second stop")
        case .idle, .ended: break
        }
    }
}
