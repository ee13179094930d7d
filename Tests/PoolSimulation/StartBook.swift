// The book on starts: `StartLimitBurst=` and `RestartSec=` of each slot, counted once more.

import PoolCore

struct StartBook: Book {
    private var slots: [Slot: Account] = [:]
    /// Those who were asked to go: their ends are no losses.
    private var retired: Set<WorkerID> = []

    /// What happened in one slot since nothing was held against it.
    private struct Account {
        var starts: [Instant] = []
        var lastLoss: Instant?
        var generation: GenerationNumber?
    }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        if case .forget(let id) = effect { retired.remove(id) }
        guard case .record(let record) = effect else { return }
        switch record {
        case .workerRetired(let id, _, _): retired.insert(id)
        case .workerStarted(let id, let number, let reason):
            seeStart(id, number, reason, turn, &findings)
        case .workerUnresponsive(let id, let number, _), .workerNeverReady(let id, let number, _),
            .workerLeaving(let id, let number), .workerExited(let id, let number, _):
            // The end of a worker whose generation is not wanted in its slot any more counts for
            // nothing.
            let isLoss = slots[id.slot]?.generation == number && !retired.contains(id)
            if isLoss { slots[id.slot]?.lastLoss = turn.now }
        case .rolloutFailed: slots = [:]
        default: break
        }
    }

    private mutating func seeStart(
        _ id: WorkerID, _ number: GenerationNumber, _ reason: Record.StartReason, _ turn: Turn,
        _ findings: inout Findings
    ) {
        switch reason {
        case .lifetime, .memory: return
        case .poolStart, .replacement, .rollout, .rollback, .scale: break
        }
        var account = slots[id.slot] ?? Account()
        if reason == .rollout || reason == .scale || account.generation != number {
            account = Account()
        }
        account.generation = number
        let policy = turn.after.policy(of: number).worker
        let burst = policy.startLimitBurst
        if burst > 0, account.starts.count >= burst {
            let room = account.starts[account.starts.count - burst] + policy.startLimitInterval
            findings.check(room <= turn.now, "\(id) exceeds the start limit of its slot")
        }
        if case .replacement(of: _, let ends) = reason, let loss = account.lastLoss {
            let due = loss + policy.delay(afterEnds: ends)
            findings.check(due <= turn.now, "\(id) is started before its backoff is over")
        }
        account.starts.append(turn.now)
        slots[id.slot] = account
    }
}
