// The book on rollouts under way: one that is paused opens no slot, and one whose new workers do not
// last does not go on.

import PoolCore

struct SteeringBook: Book {
    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        switch effect {
        case .record(.workerExited(let id, _, let status)):
            checkEarlyEnd(id, .exited(status), turn, &findings)
        case .record(.workerUnresponsive(let id, _, let end)):
            checkEarlyEnd(id, end, turn, &findings)
        default: break
        }
    }

    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        checkWish(turn, &findings)
        guard let old = turn.before.rollout, let new = turn.after.rollout,
            old.target == new.target, old.isPaused, new.isPaused, new.stage == .forward
        else { return }
        findings.check(
            new.waiting.count == old.waiting.count,
            "a slot is opened in a rollout that is paused")
    }

    /// Whoever steers a rollout that goes forward gets what was asked for.
    private func checkWish(_ turn: Turn, _ findings: inout Findings) {
        guard let old = turn.before.rollout, old.stage == .forward else { return }
        let new = turn.after.rollout.flatMap { $0.target == old.target ? $0 : nil }
        switch turn.event {
        case .pauseRequested:
            findings.check(new?.isPaused ?? true, "the rollout is not paused")
        case .resumeRequested:
            findings.check(new?.isPaused != true, "the rollout is still paused")
        case .abortRequested:
            findings.check(new?.stage != .forward, "the rollout goes on although it was aborted")
        default: break
        }
    }

    /// A worker of the new generation that has not proved itself fails the rollout.
    private func checkEarlyEnd(
        _ id: WorkerID, _ end: End, _ turn: Turn, _ findings: inout Findings
    ) {
        guard let rollout = turn.before.rollout, rollout.stage == .forward,
            let worker = turn.before.workers.first(where: { $0.id == id }),
            worker.generation == rollout.target, worker.role == .incumbent,
            let readyAt = worker.readyAt
        else { return }
        let policy = turn.before.policy(of: worker.generation).worker
        if end.isClean(policy) || turn.now - readyAt >= policy.restartReset { return }
        let after = turn.after.rollout
        findings.check(
            after?.target != rollout.target || after?.stage != .forward,
            "\(id) ended early, but its generation is still rolled out")
    }
}
