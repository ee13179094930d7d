// Keeping every slot filled: the number wanted is state, so the pool reconciles for ever.

extension Pool {
    /// Launches what is missing, as far as pauses, the pace and `RolloutSurge` allow.
    mutating func staffSeats() {
        guard phase == .rising || phase == .serving else { return }
        let staffed = staffedSlots
        for slot in slotsByPatience {
            wake(slot)
            guard seats[slot].pause == nil, !staffed[slot].hasCandidate,
                rollout?.clearing.contains(slot) != true, !isBarred(slot)
            else { continue }
            staff(slot, staffed[slot].incumbent)
        }
        recordPace()
        releaseGenerations()
    }

    /// Who is in each slot, looked up once for all of them.
    private var staffedSlots: [(incumbent: Int?, hasCandidate: Bool)] {
        var staffed = [(incumbent: Int?, hasCandidate: Bool)](
            repeating: (nil, false), count: seats.count)
        for (index, worker) in workers.enumerated() where seats.indices.contains(worker.id.slot) {
            switch worker.role {
            case .incumbent: staffed[worker.id.slot].incumbent = index
            case .candidate: staffed[worker.id.slot].hasCandidate = true
            case .leaver: break
            }
        }
        return staffed
    }

    /// Whoever has waited longest comes first, so that a slot whose workers die at once can't take
    /// the starts of the others.
    private var slotsByPatience: [Slot] {
        guard seats.count(where: isPauseOver) > 1 else { return Array(seats.indices) }
        let ends = seats.map { $0.pause?.end ?? clock }
        return seats.indices.sorted { (ends[$0], $0) < (ends[$1], $1) }
    }

    /// - Parameter incumbent: The index of who holds the slot.
    private mutating func staff(_ slot: Slot, _ incumbent: Int?) {
        let number = seats[slot].generation
        if let rollout, rollout.isForward, rollout.rising.contains(slot) {
            launch(slot, as: .candidate, of: number, because: .rollout)
        } else if let incumbent = incumbent.map({ workers[$0] }) {
            guard let reason = reasonToReplace(incumbent, by: number), canSurge else { return }
            if reason.isPaced, !isPaceOpen { return }
            if isAgent { return makeWay(incumbent, because: reason) }
            launch(slot, as: .candidate, of: number, because: reason)
        } else {
            launch(slot, as: .incumbent, of: number, because: reasonToStart(slot))
        }
    }

    private func reasonToStart(_ slot: Slot) -> Record.StartReason {
        if let end = seats[slot].lastEnd { return .replacement(of: end, ends: seats[slot].ends) }
        return seats[slot].opening
    }

    private func reasonToReplace(
        _ incumbent: Worker, by number: GenerationNumber
    ) -> Record.StartReason? {
        if incumbent.generation != number { return .rollback }
        return rollout == nil ? reasonToRecycle(incumbent) : nil
    }

    var canSurge: Bool { candidates.count < policy(of: settled).surge }

    private mutating func wake(_ slot: Slot) {
        guard isPauseOver(seats[slot]) else { return }
        // Without a worker it draws on the pace at once.
        guard isPaceOpen || worker(slot, .incumbent) != nil else { return }
        seats[slot].pause = nil
    }

    mutating func loseIncumbent(_ worker: Worker, _ end: End) {
        let slot = worker.id.slot
        let policy = policy(of: worker.generation).worker
        // Its successor is on its way, or is due: what its own rules say is history.
        if self.worker(slot, .candidate) != nil { return }
        if worker.generation != seats[slot].generation {
            // It had held the slot so far; now the slot waits for the pace as any other.
            if seats[slot].lastEnd != nil, seats[slot].pause == nil {
                seats[slot].pause = .backoff(until: clock)
            }
            return
        }
        // It has taken its slot, but not proved that this generation can hold one.
        if isRolledOut(worker), !end.isClean(policy), !hasProved(worker, policy) {
            return rollBack(because: "\(name(of: slot)) \(end)")
        }
        refill(slot, after: end, hasProved: hasProved(worker, policy), policy)
    }

    /// The slot is empty; what follows is for `Restart=` and the limits of starts to say.
    mutating func refill(_ slot: Slot, after end: End, hasProved: Bool, _ policy: WorkerPolicy) {
        if orders.contains(where: { $0.slots.contains(slot) }) { return forgive(slot) }
        guard end.shouldRestart(policy) else {
            return finish(slot, end, isClean: end.isClean(policy))
        }
        seats[slot].ended(end, proved: hasProved, policy: policy, at: clock)
        if phase == .rising, seats[slot].hasUsedUpItsStarts(policy) {
            failStart("\(name(of: slot)) \(end), after \(seats[slot].ends) starts")
        } else {
            reportPause(slot, policy)
        }
    }

    func hasProved(_ worker: Worker, _ policy: WorkerPolicy) -> Bool {
        worker.readyAt.map { clock - $0 >= policy.restartReset } ?? false
    }

    mutating func reportPause(_ slot: Slot, _ policy: WorkerPolicy) {
        switch seats[slot].pause {
        case .backoff(let until) where until > clock:
            let within = clock - (seats[slot].endsSince ?? clock)
            effects.append(
                .record(
                    .restartDelayed(
                        slot, ends: seats[slot].ends, within: within, delay: until - clock)))
        case .startLimit(let until):
            effects.append(
                .record(
                    .startLimitHit(
                        slot, starts: policy.startLimitBurst, interval: policy.startLimitInterval,
                        rest: until - clock)))
        case .backoff, .finished, nil: break
        }
    }

    private mutating func finish(_ slot: Slot, _ end: End, isClean: Bool) {
        seats[slot].pause = .finished(clean: isClean)
        effects.append(.record(.slotFinished(slot, end)))
        if phase == .rising { failStart("\(name(of: slot)) \(end), and Restart= wants it no more") }
    }

    /// Forgets the generations that no worker and no seat belongs to any more.
    private mutating func releaseGenerations() {
        // The last one is the settled one.
        guard generations.count > 1 else { return }
        let inUse = Set(workers.map(\.generation) + seats.map(\.generation) + [settled])
        for generation in generations
        where !inUse.contains(generation.number) && generation.number != rollout?.target {
            effects.append(.release(generation.number))
        }
        generations.removeAll {
            !inUse.contains($0.number) && $0.number != rollout?.target
        }
    }
}
