// The book on lives: what was launched is forgotten once, and nothing is launched twice or while
// the pool stops.

import PoolCore

struct LaunchBook: Book {
    private var launched: Set<WorkerID> = []
    private var forgotten: Set<WorkerID> = []
    private var launchedThisTurn: Set<Slot> = []

    mutating func hear(_ event: Event, at now: Instant) {
        launchedThisTurn = []
    }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        switch effect {
        case .launch(let id, _):
            findings.check(launched.insert(id).inserted, "\(id) is launched twice")
            findings.check(
                launchedThisTurn.insert(id.slot).inserted, "slot \(id.slot) launches twice at once")
            findings.check(!turn.manager.isStopping, "\(id) is launched while stopping")
        case .forget(let id):
            findings.check(forgotten.insert(id).inserted, "\(id) is forgotten twice")
        case .finish:
            let left = launched.subtracting(forgotten).sorted()
            findings.check(left.isEmpty, "workers \(left) are forgotten never")
        default: break
        }
    }
}
