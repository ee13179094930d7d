// The book on rollouts: no more candidates than `RolloutSurge=` rise, and each settles before it
// takes its slot.

import PoolCore

struct RolloutBook: Book {
    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        checkPromotions(turn, &findings)
        checkSurge(turn.after, &findings)
    }

    /// A candidate of a rollout counts only when it has been ready for `RolloutSettleSec=`.
    private func checkPromotions(_ turn: Turn, _ findings: inout Findings) {
        guard let rollout = turn.before.rollout, rollout.stage == .forward else { return }
        let settle = turn.after.policy(of: rollout.target).rolloutSettle
        for worker in turn.before.workers where worker.role == .candidate {
            guard worker.generation == rollout.target,
                let now = turn.after.workers.first(where: { $0.id == worker.id }),
                now.role == .incumbent
            else { continue }
            let wait = turn.now - (now.readyAt ?? turn.now)
            findings.check(wait >= settle, "\(worker.id) takes its slot after \(wait)")
        }
    }

    private func checkSurge(_ pool: Pool, _ findings: inout Findings) {
        guard let rollout = pool.rollout, rollout.stage != .reading else { return }
        let isForward = rollout.stage == .forward
        let number = isForward ? rollout.target : rollout.previous
        let rising = pool.workers.filter { $0.role == .candidate && $0.generation == number }
        // A comeback that an earlier rollout left over may still be under way.
        let policy = pool.policy(of: number)
        let surge =
            isForward ? policy.rolloutSurge + policy.rolloutMaxUnready : max(1, policy.rolloutSurge)
        findings.check(rising.count <= surge, "\(rising.count) candidates rise where \(surge) may")
    }
}
