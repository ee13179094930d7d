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
                    || pool.serving.contains { $0.id.slot == id.slot }
                    || pool.rollout?.clearing.contains(id.slot) == true,
                "\(id) was retired, but no worker serves in its place")
        case .rolloutFailed:
            findings.check(
                worker?.role != .incumbent || id.slot >= pool.policy(of: pool.settled).slots,
                "\(id) serves and is retired because the rollout failed")
        case .fewerWorkers:
            findings.check(
                id.slot >= pool.policy(of: pool.settled).slots || turn.isReopened(id.slot),
                "\(id) is one too many, but is not")
        case .poolStopping:
            findings.check(turn.manager.isStopping, "\(id) is stopped before STOPPING=1")
        case .makesRoom where worker?.isReady == true: checkGaps(id, turn, &findings)
        case .replaced, .superseded, .makesRoom: break
        }
    }

    /// A ready worker was retired before its replacement is ready: `RolloutMaxUnready=`.
    private func checkGaps(_ id: WorkerID, _ turn: Turn, _ findings: inout Findings) {
        let pool = turn.after
        guard let rollout = pool.rollout else {
            return findings.check(false, "\(id) makes room outside of a rollout")
        }
        // A slot that was opened in the same turn leaves no gap where there was none.
        let gaps = pool.seats.prefix(turn.before.seats.count).count { seat in
            if case .finished = seat.pause { return false }
            return !pool.serving.contains { $0.id.slot == seat.slot }
        }
        let allowed = pool.policy(of: rollout.target).rolloutMaxUnready
        findings.check(
            gaps <= allowed,
            "\(id) makes room where \(gaps) slots are unready and \(allowed) may be")
    }
}
