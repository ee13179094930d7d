// The end of each story: with nothing going wrong any more the pool comes to rest, and it ends when
// it is told to.

import PoolCore

extension World {
    /// What may still be waited for when trouble ends: an hour that a worker has asked for with
    /// EXTEND_TIMEOUT_USEC=, and the pool's own times.
    private static let longestQuiet = Duration.seconds(3_600 + 600)

    /// With faults off the pool must reach the wanted state in bounded time.
    mutating func calmDown() {
        guard !isEnded, isFaultless else { return }
        mend()
        let began = now
        let eventsBefore = eventCount
        var budget = 20_000
        while !isSettled, !isEnded, isFaultless, budget > 0 {
            if agenda.first == nil, pool.nextDeadline == nil { break }
            step()
            budget -= 1
        }
        guard isFaultless else { return }
        let line = pool.statusLine
        let time = now - began
        findings.check(isSettled || isEnded, "the pool does not settle: \(line)")
        findings.check(time <= Self.longestQuiet, "the pool took \(time.spoken) to settle")
        ownTally.quiets += 1
        ownTally.longestQuiet = max(ownTally.longestQuiet, time)
        ownTally.mostEventsToQuiet = max(ownTally.mostEventsToQuiet, eventCount - eventsBefore)
    }

    private mutating func mend() {
        isHostile = false
        refusal = nil
        for number in releases.keys { releases[number] = .good }
        lastRequest += 1
        tell(.resumeRequested(lastRequest))
        for id in processes.keys.sorted() {
            processes[id]?.isHung = false
            processes[id]?.hasBeaten = false
            processes[id]?.ignoresSignals = false
            processes[id]?.ignoresWords = false
            agenda.add(now + .seconds(1), .notice(id, .ready))
        }
        for worker in pool.workers where worker.role == .leaver { die(worker.id, .exited(0)) }
    }

    private var isSettled: Bool {
        let pool = trial.pool
        switch pool.phase {
        case .serving:
            return pool.rollout == nil && pool.orders.isEmpty
                && pool.seats.allSatisfy { seat in
                    if case .finished = seat.pause { return true }
                    return pool.serving.contains {
                        $0.id.slot == seat.slot && $0.generation == seat.generation
                    }
                }
        case .ended: return true
        case .idle, .rising, .stopping: return false
        }
    }

    /// Asks once, and after some time a second time.
    mutating func stopForGood() {
        guard isFaultless else { return }
        if !isEnded { tell(.stopRequested) }
        let patience = generator.int(1...300)
        var turns = 0
        while !isEnded, isFaultless, turns < 20_000 {
            if generator.oneIn(60) { doomMaster() }
            if turns == patience { tell(.stopRequested) } else { step() }
            turns += 1
        }
        guard isFaultless else { return }
        let line = pool.statusLine
        let left = processes.count
        findings.check(isEnded, "the pool does not end: \(line)")
        findings.check(left == 0, "\(left) processes outlive the pool")
    }
}
