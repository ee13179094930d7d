// The book on starts: `StartLimitBurst=`, `RestartSec=` and its progression, of each slot, counted
// once more.

import PoolCore

struct StartBook: Book {
    private var slots: [Slot: Account] = [:]
    /// Those who were asked to go: their ends are no losses.
    private var retired: Set<WorkerID> = []
    private var readyAt: [WorkerID: Instant] = [:]
    /// Whether it was looked at what this turn forgives.
    private var hasForgiven = false

    /// What happened in one slot since nothing was held against it.
    private struct Account {
        var starts: [Instant] = []
        var lastLoss: Instant?
        var generation: GenerationNumber?
        /// Ends in a row: at most, and those which count in any case.
        var ends = 0
        var certainEnds = 0
        /// Whether the last one left the slot to nobody, and no rollout asks for somebody.
        var isRuled = false
    }

    mutating func hear(_ event: Event, at now: Instant) { hasForgiven = false }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        if !hasForgiven { forgive(turn) }
        if case .forget(let id) = effect {
            retired.remove(id)
            readyAt[id] = nil
        }
        guard case .record(let record) = effect else { return }
        switch record {
        case .workerReady(let id, _, _): readyAt[id] = turn.now
        case .workerRetired(let id, _, _):
            retired.insert(id)
            // Somebody may have taken the slot: it has proved itself.
            slots[id.slot]?.certainEnds = 0
        case .workerStarted(let id, let number, let reason):
            seeStart(id, number, reason, turn, &findings)
        case .workerUnresponsive(let id, let number, _), .workerNeverReady(let id, let number, _),
            .workerLeaving(let id, let number), .workerExited(let id, let number, _):
            seeLoss(id, number, turn)
        case .startLimitHit(let slot, _, _, let rest): seeRest(slot, rest, turn, &findings)
        case .rolloutFailed(let number, _):
            // Where the rollout had come, all is forgiven.
            for seat in turn.before.seats where seat.generation == number {
                slots[seat.slot] = Account(generation: turn.before.rollout?.previous)
            }
        default: break
        }
    }

    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        if !hasForgiven { forgive(turn) }
    }

    /// Where somebody wants a fresh worker, and none rises already, all is forgiven, before anything
    /// is done about it.
    private mutating func forgive(_ turn: Turn) {
        hasForgiven = true
        guard case .restartRequested(let request, let wanted) = turn.event,
            turn.after.orders.contains(where: { $0.request == request })
        else { return }
        for seat in turn.before.seats where wanted == nil || wanted == seat.slot {
            let isRising = turn.before.workers.contains {
                $0.id.slot == seat.slot && $0.role == .candidate
            }
            if !isRising { slots[seat.slot] = Account(generation: seat.generation) }
        }
    }

    /// The end of a worker whose generation is not wanted in its slot any more counts for nothing.
    private mutating func seeLoss(_ id: WorkerID, _ number: GenerationNumber, _ turn: Turn) {
        guard var account = slots[id.slot], account.generation == number, !retired.contains(id)
        else { return }
        account.lastLoss = turn.now
        let reset = turn.after.policy(of: number).worker.restartReset
        let isIncumbent = turn.before.workers.contains { $0.id == id && $0.role == .incumbent }
        let hasProved = isIncumbent && readyAt[id].map { turn.now - $0 >= reset } ?? false
        // Whether it counts depends on who else is in the slot.
        let isAlone = turn.before.workers.allSatisfy {
            $0.id == id || $0.id.slot != id.slot || $0.role == .leaver
        }
        account.ends = isAlone && hasProved ? 1 : account.ends + 1
        account.isRuled = isAlone && (isIncumbent || turn.before.rollout == nil)
        account.certainEnds = isAlone ? hasProved ? 1 : account.certainEnds + 1 : 0
        slots[id.slot] = account
    }

    private mutating func seeStart(
        _ id: WorkerID, _ number: GenerationNumber, _ reason: Record.StartReason, _ turn: Turn,
        _ findings: inout Findings
    ) {
        switch reason {
        case .lifetime, .memory: return
        case .asked:
            let isAlone = turn.after.workers.allSatisfy {
                $0.id == id || $0.id.slot != id.slot || $0.role == .leaver
            }
            if isAlone { slots[id.slot] = Account(generation: number) }
            return
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
        if case .replacement(of: let end, let ends) = reason {
            // What is to follow on a worker for its age is tried again while that one is there.
            findings.check(
                !account.isRuled || !isUnwanted(end, policy),
                "\(id) replaces one that \(end), which Restart= forbids")
            checkBackoff(id, ends, account, policy, turn, &findings)
        }
        if turn.before.phase == .rising || turn.before.phase == .idle {
            findings.check(
                burst == 0 || account.certainEnds < burst,
                "\(id) is started, but the pool's start has failed")
        }
        account.starts.append(turn.now)
        slots[id.slot] = account
    }

    private func checkBackoff(
        _ id: WorkerID, _ ends: Int, _ account: Account, _ policy: WorkerPolicy, _ turn: Turn,
        _ findings: inout Findings
    ) {
        findings.check(
            ends <= max(1, account.ends), "\(id) is said to be end \(ends) of \(account.ends)")
        findings.check(
            ends >= account.certainEnds,
            "\(id) is said to be end \(ends), but there were \(account.certainEnds)")
        guard let loss = account.lastLoss else { return }
        findings.check(
            turn.now - loss >= leastDelay(policy, ends),
            "\(id) is started before its backoff is over")
    }

    /// The plain cases of the table in systemd.service(5).
    private func isUnwanted(_ end: End, _ policy: WorkerPolicy) -> Bool {
        switch (end, policy.restart) {
        case (.notLaunched(.refused), _): false
        case (.exited(.exited(let code)), _)
        where policy.restartPreventExitStatus.codes.contains(code):
            true
        case (_, .no): true
        case (_, .always): false
        case (.exited(.exited(0)), let rule): rule != .onSuccess
        case (.exited(.exited(1)), let rule): rule != .onFailure
        case (.watchdog, let rule), (.startTimeout, let rule): rule == .onSuccess
        default: false
        }
    }

    /// The ends of the progression, and nothing of how it is made.
    private func leastDelay(_ policy: WorkerPolicy, _ ends: Int) -> Duration {
        guard ends > 1 else { return .zero }
        let hasArrived = policy.restartSteps > 0 && ends - 2 >= policy.restartSteps
        let most = max(policy.restartDelay, policy.restartMaxDelay)
        return max(.milliseconds(100), hasArrived ? most : policy.restartDelay)
    }

    /// A slot rests only when it has had its starts, and until there is room again.
    private func seeRest(
        _ slot: Slot, _ rest: Duration, _ turn: Turn, _ findings: inout Findings
    ) {
        guard let account = slots[slot], let number = account.generation else { return }
        let policy = turn.after.policy(of: number).worker
        let burst = policy.startLimitBurst
        guard burst > 0, account.starts.count >= burst else {
            return findings.check(false, "slot \(slot) rests after \(account.starts.count) starts")
        }
        let room = account.starts[account.starts.count - burst] + policy.startLimitInterval
        findings.check(rest == room - turn.now, "slot \(slot) rests for \(rest)")
    }
}
