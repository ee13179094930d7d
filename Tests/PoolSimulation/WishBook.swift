// The book on what people want of single workers: each wish gets one answer that is true, a fresh
// worker comes only where one was asked for, and a signal goes to whom it was meant for, once.

import PoolCore

struct WishBook: Book {
    /// Slots that somebody wants a fresh worker in and that had none yet, and the greatest incarnation
    /// that is not fresh.
    private struct Wish {
        var slots: [Slot]
        let after: UInt64

        /// Strikes off where it is fulfilled, or can't be.
        mutating func prune(_ pool: Pool) {
            slots.removeAll { slot in
                slot >= pool.seats.count
                    || pool.workers.contains {
                        $0.id.slot == slot && $0.role == .incumbent && $0.isReady
                            && $0.id.incarnation > after
                    }
            }
        }

        /// Whether this is a fresh worker that it waits for.
        func waits(for id: WorkerID) -> Bool { slots.contains(id.slot) && after < id.incarnation }
    }

    private var wishes: [RequestID: Wish] = [:]
    /// Those of people who are gone with a master.
    private var orphans: [Wish] = []
    /// Those that were answered in this turn, which may begin what was wished for all the same.
    private var answered: [Wish] = []
    /// The signal that was asked for in this turn.
    private var signal: (request: RequestID, slot: Slot, signal: Signal)?
    private var isAnswered = false
    private var relayed: WorkerID?
    /// Who was lost in this turn.
    private var lost: [WorkerID] = []
    private var lastIncarnation: UInt64 = 0
    private var slots = 0

    mutating func hear(_ event: Event, at now: Instant) {
        signal = nil
        isAnswered = false
        relayed = nil
        if !lost.isEmpty { lost = [] }
        if !answered.isEmpty { answered = [] }
        switch event {
        case .restartRequested(let request, let slot):
            wishes[request] = Wish(
                slots: slot.map { [$0] } ?? Array(0..<slots), after: lastIncarnation)
        case .signalRequested(let request, let slot, let wanted): signal = (request, slot, wanted)
        case .resumed:
            orphans += wishes.keys.sorted().compactMap { wishes[$0] }
            wishes = [:]
        default: break
        }
    }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        switch effect {
        case .launch(let id, _): lastIncarnation = max(lastIncarnation, id.incarnation)
        case .record(.workerStarted(let id, _, .asked)):
            let isWanted = (wishes.values + answered + orphans).contains {
                $0.slots.contains(id.slot) && $0.after < id.incarnation
            }
            findings.check(isWanted, "\(id) is said to be asked for, but nobody has")
        case .relay(let id, let sent): seeRelay(id, sent, turn, &findings)
        case .record(.workerSignalled(let id, _, let sent)):
            findings.check(
                relayed == id && signal?.signal == sent,
                "\(id) is said to get \(sent), but does not")
        case .record(.workerNeverReady(let id, _, _)), .record(.workerExited(let id, _, _)),
            .record(.workerUnresponsive(let id, _, _)), .record(.workerLeaving(let id, _)):
            lost.append(id)
        case .answer(let requests, let verdict):
            for request in requests { seeAnswer(request, verdict, turn, &findings) }
        case .finish:
            findings.check(wishes.isEmpty, "requests \(wishes.keys.sorted()) got no answer")
        default: break
        }
    }

    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        slots = turn.after.seats.count
        checkLosses(&findings)
        for request in wishes.keys { wishes[request]?.prune(turn.after) }
        for index in orphans.indices { orphans[index].prune(turn.after) }
        orphans.removeAll(where: \.slots.isEmpty)
        guard let signal else { return }
        findings.check(isAnswered, "request \(signal.request) is left waiting")
    }

    /// Nobody is left to wait for the next try.
    private mutating func checkLosses(_ findings: inout Findings) {
        for id in lost {
            // The rest of what nobody waits for is not done, either.
            orphans.removeAll { $0.waits(for: id) }
            let waiting = wishes.first { $0.value.waits(for: id) }
            findings.check(
                waiting == nil, "request \(waiting?.key ?? 0) is not told that \(id) has failed")
        }
    }

    private mutating func seeRelay(
        _ id: WorkerID, _ sent: Signal, _ turn: Turn, _ findings: inout Findings
    ) {
        findings.check(
            signal?.slot == id.slot && signal?.signal == sent,
            "\(sent) for \(id), whom nobody meant")
        findings.check(relayed == nil, "\(sent) is sent twice")
        let holder = turn.before.workers.first { $0.id.slot == id.slot && $0.role == .incumbent }
        findings.check(
            holder == nil || holder?.id == id, "\(sent) for \(id), which does not hold its slot")
        relayed = id
    }

    private mutating func seeAnswer(
        _ request: RequestID, _ verdict: Verdict, _ turn: Turn, _ findings: inout Findings
    ) {
        if request == signal?.request {
            findings.check(!isAnswered, "request \(request) is answered twice")
            findings.check(
                (verdict == .done) == (relayed != nil), "the answer about a signal is not true")
            isAnswered = true
        }
        guard let wish = wishes.removeValue(forKey: request) else { return }
        answered.append(wish)
        guard verdict == .done else { return }
        for slot in wish.slots where slot < turn.after.seats.count {
            // It may be lost, or told to go, later in the turn in which it was found.
            let isFresh = (turn.after.workers + turn.before.workers).contains {
                $0.id.slot == slot && $0.id.incarnation > wish.after && $0.readyAt != nil
            }
            findings.check(
                isFresh || turn.isReopened(slot), "slot \(slot) has no fresh worker")
        }
    }
}
