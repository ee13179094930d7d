// The book on retirements: no ready worker is taken away before another one is ready in its place,
// and each reason that is given is true.

import PoolCore

struct RetirementBook: Book {
    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        guard case .record(.workerRetired(let id, _, let reason)) = effect else { return }
        let worker = turn.before.workers.first { $0.id == id }
        let pool = turn.after
        switch reason {
        case .replaced where worker?.isReady == true && worker?.role == .incumbent:
            // The slot may be closed in the very turn in which its new worker had taken it.
            findings.check(
                id.slot >= pool.seats.count || turn.isReopened(id.slot)
                    || pool.serving.contains { $0.id.slot == id.slot },
                "\(id) was retired, but no worker serves in its place")
        case .rolloutFailed:
            findings.check(
                worker?.role != .incumbent || id.slot >= pool.wanted,
                "\(id) serves and is retired because the rollout failed")
        case .fewerWorkers:
            findings.check(
                id.slot >= pool.wanted || turn.isReopened(id.slot),
                "\(id) is one too many, but is not")
        case .poolStopping:
            findings.check(turn.manager.isStopping, "\(id) is stopped before STOPPING=1")
        case .replaced, .superseded: break
        }
    }
}
