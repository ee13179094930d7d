// The books on what people do to a rollout, and on what a rollout may do to the pool.

import PoolCore

struct SteeringBook {
    /// Who wants an answer in this turn.
    var asked: RequestID?

    mutating func endTurn(before: Pool, after: Pool, open: Set<RequestID>) -> [String] {
        var faults: [String] = []
        if let asked, open.contains(asked) { faults.append("request \(asked) is left waiting") }
        asked = nil
        if let old = before.rollout, let new = after.rollout, old.target == new.target,
            old.isPaused, new.isPaused, new.stage == .forward, old.waiting.count > new.waiting.count
        {
            faults.append("a slot is opened in a rollout that is paused")
        }
        return faults
    }

    /// A ready worker was retired before its replacement is ready.
    func emptied(_ id: WorkerID, _ before: Pool, _ pool: Pool) -> [String] {
        guard let rollout = pool.rollout else { return ["\(id) makes room outside of a rollout"] }
        // A slot that was opened in the same turn leaves no gap where there was none.
        let gaps = pool.seats.prefix(before.seats.count).filter { seat in
            if case .finished = seat.pause { return false }
            return !pool.serving.contains { $0.id.slot == seat.slot }
        }
        let allowed = pool.policy(of: rollout.target).rolloutMaxUnready
        return gaps.count > allowed
            ? ["\(id) makes room where \(gaps.count) slots are unready and \(allowed) may be"] : []
    }

    /// A worker of the new generation that has not proved itself fails the rollout.
    func lost(
        _ id: WorkerID, _ number: GenerationNumber, _ end: End, at now: Instant, _ before: Pool,
        _ after: Pool
    ) -> [String] {
        guard let rollout = before.rollout, rollout.stage == .forward, rollout.target == number,
            let worker = before.workers.first(where: { $0.id == id }), worker.role == .incumbent,
            let readyAt = worker.readyAt
        else { return [] }
        let policy = before.policy(of: number).worker
        if end.isClean(policy) || now - readyAt >= policy.restartReset { return [] }
        let goesOn = after.rollout?.target == number && after.rollout?.stage == .forward
        return goesOn ? ["\(id) ended early, but its generation is still rolled out"] : []
    }
}
