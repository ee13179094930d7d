// The book on lifetimes: nobody is recycled before `RuntimeMaxSec=` or in a rollout, and the pool
// comes back in time for those whose time will be over.

import PoolCore

struct LifetimeBook: Book {
    private var readyAt: [WorkerID: Instant] = [:]

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        switch effect {
        case .record(.workerReady(let id, _, _)): readyAt[id] = turn.now
        case .record(.workerStarted(let id, _, .lifetime(let age))):
            seeSuccessor(id, age, turn, &findings)
        case .forget(let id): readyAt[id] = nil
        default: break
        }
    }

    private func seeSuccessor(
        _ id: WorkerID, _ age: Duration, _ turn: Turn, _ findings: inout Findings
    ) {
        findings.check(turn.after.rollout == nil, "\(id) follows for age in a rollout")
        let isRight = turn.after.workers.contains { worker in
            guard worker.id.slot == id.slot, worker.role == .incumbent,
                let ready = readyAt[worker.id],
                let lifetime = turn.after.policy(of: worker.generation).worker.lifetime
            else { return false }
            return turn.now - ready == age && age >= lifetime
        }
        findings.check(isRight, "\(id) follows on one that has not served its time")
    }

    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        let pool = turn.after
        guard pool.phase == .serving, pool.rollout == nil else { return }
        for worker in pool.workers where worker.role == .incumbent {
            let policy = pool.policy(of: worker.generation).worker
            guard let lifetime = policy.lifetime, let ready = readyAt[worker.id] else { continue }
            // From here on it may be over, and it may wait for its turn.
            guard ready + lifetime > turn.now else { continue }
            let latest = ready + lifetime + policy.lifetimeExtra
            let wakes = pool.nextDeadline.map { $0 <= latest } ?? false
            findings.check(wakes, "nobody will see that \(worker.id) has served its time")
        }
    }
}
