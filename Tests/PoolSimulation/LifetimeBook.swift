// The book on lifetimes: nobody is recycled before `RuntimeMaxSec=` or in a rollout, and the pool
// comes back in time for those whose time will be over.

import PoolCore

struct LifetimeBook: Book {
    private var services: [WorkerID: Service] = [:]

    /// The time of a worker that has a limit.
    private struct Service {
        let began: Instant
        let earliestEnd: Instant
        let latestEnd: Instant
    }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        switch effect {
        case .record(.workerReady(let id, let number, _)):
            let policy = turn.after.policy(of: number).worker
            guard let lifetime = policy.lifetime else { return }
            let end = turn.now + lifetime
            services[id] = Service(
                began: turn.now, earliestEnd: end, latestEnd: end + policy.lifetimeExtra)
        case .record(.workerStarted(let id, _, .lifetime(let age))):
            seeSuccessor(id, age, turn, &findings)
        case .forget(let id): services[id] = nil
        default: break
        }
    }

    private func seeSuccessor(
        _ id: WorkerID, _ age: Duration, _ turn: Turn, _ findings: inout Findings
    ) {
        findings.check(turn.after.rollout == nil, "\(id) follows for age in a rollout")
        let isRight = turn.after.workers.contains { worker in
            guard worker.id.slot == id.slot, worker.role == .incumbent,
                let service = services[worker.id]
            else { return false }
            return turn.now - service.began == age && turn.now >= service.earliestEnd
        }
        findings.check(isRight, "\(id) follows on one that has not served its time")
    }

    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        let pool = turn.after
        guard !services.isEmpty, pool.phase == .serving, pool.rollout == nil else { return }
        let wakes = pool.nextDeadline ?? Instant(nanoseconds: .max)
        for worker in pool.workers where worker.role == .incumbent {
            // Once it may be over, it may wait for its turn.
            guard let service = services[worker.id], service.earliestEnd > turn.now else {
                continue
            }
            findings.check(
                wakes <= service.latestEnd, "nobody will see that \(worker.id) has served its time")
        }
    }
}
