// A reload: read, roll forward slot by slot, or go back; a verdict in any case.

extension Pool {
    mutating func requestReload(_ request: RequestID?) {
        let requests = request.map { [$0] } ?? []
        guard !isStopping else {
            return answer(requests, .refused("the pool is stopping"))
        }
        if let rollout, rollout.isPaused { return refuseReload(requests, rollout) }
        pendingReload = (pendingReload ?? []) + requests
    }

    /// It would wait for somebody who may have gone home.
    private mutating func refuseReload(_ requests: [RequestID], _ rollout: Rollout) {
        let why = "the rollout of generation \(rollout.target) is paused; resume or abort it first"
        effects.append(.record(.reloadRefused(why)))
        answer(requests, .refused(why))
    }

    /// Takes up a reload that waits, once nothing stands in its way.
    private mutating func beginPendingReload() {
        guard phase == .serving, rollout == nil, let requests = pendingReload else { return }
        pendingReload = nil
        let target = lastNumber + 1
        rollout = Rollout(
            target: target, previous: settled, stage: .reading, requests: requests,
            startedAt: clock)
        effects.append(.notify(.reloading))
        effects.append(.readConfiguration(target))
    }

    mutating func refuseConfiguration(_ why: String) {
        guard rollout?.stage == .reading else { return }
        effects.append(.record(.configurationRefused(why)))
        lastFailure = "reload refused: \(why)"
        endRollout(.refused(why))
    }

    mutating func beginRollout(_ policy: PoolPolicy) {
        guard var rollout, rollout.stage == .reading else { return }
        lastNumber = rollout.target
        generations.append(Generation(number: rollout.target, policy: policy))
        rollout.stage = .forward
        rollout.waiting = Array(0..<policy.slots)
        self.rollout = rollout
        effects.append(.record(.rolloutStarted(rollout.target, from: rollout.previous)))
    }

    /// Moves the rollout as far as it goes without a further event.
    mutating func advanceRollout() {
        switch rollout?.stage {
        case .forward: advanceForward()
        case .back(let why): concludeBack(why)
        case .reading, nil: break
        }
        beginPendingReload()
    }

    private mutating func advanceForward() {
        guard var rollout else { return }
        while !rollout.isPaused, let turn = nextTurn(of: rollout) {
            rollout.waiting.removeAll { $0 == turn.slot }
            open(turn.slot, for: rollout.target)
            if turn.isInPlace {
                rollout.inPlace.append(turn.slot)
                rollout.clearing.append(turn.slot)
                empty(turn.slot)
            } else {
                rollout.rising.append(turn.slot)
            }
        }
        let cleared = rollout.clearing.filter { slot in !workers.contains { $0.id.slot == slot } }
        rollout.clearing.removeAll(where: cleared.contains)
        rollout.rising += cleared
        self.rollout = rollout
        if rollout.unfinished.isEmpty, !rollout.isHeldOpen { succeed(rollout) }
    }

    /// Which slot is opened next, and whether it is emptied first; `nil` if that must wait.
    private func nextTurn(of rollout: Rollout) -> (slot: Slot, isInPlace: Bool)? {
        let policy = policy(of: rollout.target)
        // Where nobody serves there is nothing to lose; slots that are new come last.
        let unserved = rollout.waiting.first { $0 < seats.count && !isServed($0) }
        guard let slot = unserved ?? rollout.waiting.first else { return nil }
        let beside = rollout.rising.count { !rollout.inPlace.contains($0) }
        if beside < policy.rolloutSurge { return (slot, false) }
        let inPlace = rollout.inPlace.count
        let unready = seats.count {
            !rollout.inPlace.contains($0.slot) && $0.slot != slot && !$0.isFinished
                && !isServed($0.slot)
        }
        let gaps = isServed(slot) ? inPlace + unready : inPlace
        return gaps < policy.rolloutMaxUnready ? (slot, true) : nil
    }

    /// It is this slot's turn: whatever still rises here for an older generation makes room.
    private mutating func open(_ slot: Slot, for number: GenerationNumber) {
        if slot == seats.count {
            seats.append(Seat(slot: slot, generation: number, opening: .rollout))
        }
        seats[slot].reset(to: number, opening: .rollout)
        guard let candidate = worker(slot, .candidate) else { return }
        if candidate.isReady {
            promote(candidate)
        } else {
            retire(candidate.id, because: .superseded)
        }
    }

    private mutating func empty(_ slot: Slot) {
        if let incumbent = worker(slot, .incumbent) { retire(incumbent.id, because: .makesRoom) }
    }

    /// Candidates that have been ready for long enough take their slots.
    mutating func promoteSettled() {
        guard phase == .serving else { return }
        for candidate in candidates {
            guard let at = settleDeadline(candidate), at <= clock else { continue }
            promote(candidate)
        }
    }

    /// When a candidate takes its slot; `nil` while it is not ready. One that brings an older
    /// generation back has proved itself before and need not settle.
    func settleDeadline(_ candidate: Worker) -> Instant? {
        guard candidate.isReady, let readyAt = candidate.readyAt else { return nil }
        guard isRolledOut(candidate) else { return readyAt }
        return readyAt + policy(of: candidate.generation).rolloutSettle
    }

    /// Whether it is of the generation that is being rolled out.
    func isRolledOut(_ worker: Worker) -> Bool {
        guard let rollout, rollout.isForward else { return false }
        return rollout.target == worker.generation
    }

    private mutating func promote(_ candidate: Worker) {
        let slot = candidate.id.slot
        if let incumbent = worker(slot, .incumbent) {
            retire(incumbent.id, because: .replaced)
        }
        if let index = index(of: candidate.id) { workers[index].role = .incumbent }
        rollout?.rising.removeAll { $0 == slot }
        rollout?.inPlace.removeAll { $0 == slot }
        seats[slot].ends = 0
        seats[slot].pause = nil
    }

    private mutating func succeed(_ rollout: Rollout) {
        closeSeats(from: policy(of: rollout.target).slots, because: .fewerWorkers)
        settled = rollout.target
        lastFailure = nil
        effects.append(
            .record(
                .rolloutFinished(
                    rollout.target, workers: seats.count, after: clock - rollout.startedAt)))
        endRollout(.replaced(rollout.target))
    }

    mutating func closeSeats(from first: Slot, because reason: Record.RetireReason) {
        guard first < seats.count else { return }
        for worker in workers where worker.id.slot >= first {
            retire(worker.id, because: reason)
        }
        seats.removeLast(seats.count - first)
    }

    mutating func loseCandidate(_ worker: Worker, _ end: End) {
        let slot = worker.id.slot
        if isRolledOut(worker) {
            return rollBack(because: "\(name(of: slot)) \(end)")
        }
        let policy = policy(of: worker.generation).worker
        let incumbent = self.worker(slot, .incumbent)
        // The one that it was to follow on for its age has ended meanwhile: this end is the slot's.
        if rollout == nil, incumbent == nil {
            return refill(slot, after: end, hasProved: false, policy)
        }
        seats[slot].ended(end, proved: false, policy: policy, at: clock)
        reportPause(slot, policy)
        // One that was to follow on an old worker for its age is no part of going back.
        if incumbent?.generation == worker.generation { return }
        if case .back(let why) = rollout?.stage {
            let rest = incumbent?.isReady == true ? ", its newer one serves on" : ""
            failBack("\(why); and \(name(of: slot)) of the old generation \(end)\(rest)")
        }
    }

    /// A candidate failed: what is new goes, what was replaced comes back.
    mutating func rollBack(because why: String) {
        guard var rollout else { return }
        rollout.stage = .back(why)
        rollout.waiting = []
        rollout.clearing = []
        rollout.rising = []
        rollout.inPlace = []
        rollout.isPaused = false
        self.rollout = rollout
        effects.append(.record(.rolloutFailed(rollout.target, why)))
        lastFailure = "reload to gen \(rollout.target) failed: \(why)"
        for candidate in candidates where candidate.generation == rollout.target {
            retire(candidate.id, because: .rolloutFailed)
        }
        closeSeats(from: policy(of: rollout.previous).slots, because: .rolloutFailed)
        for slot in seats.indices where seats[slot].generation == rollout.target {
            seats[slot].reset(to: rollout.previous, opening: .rollback)
        }
    }

    /// Going back is done when no process of the failed generation is left and every slot has its
    /// old worker again, or can't have it for the time being.
    private mutating func concludeBack(_ why: String) {
        guard let rollout, !workers.contains(where: { $0.generation == rollout.target }),
            seats.allSatisfy(isBack)
        else { return }
        endRollout(.refused(why))
    }

    private func isBack(_ seat: Seat) -> Bool {
        seat.ends > 0 || seat.pause != nil || worker(seat.slot, .incumbent)?.isReady == true
    }

    /// The old generation can't come back at once: the verdict does not wait for it.
    private mutating func failBack(_ why: String) {
        lastFailure = rollout.map { "reload to gen \($0.target) failed: \(why)" }
        endRollout(.refused(why))
    }

    private mutating func endRollout(_ verdict: Verdict) {
        let requests = rollout?.requests ?? []
        rollout = nil
        promise = nil
        effects.append(.notify(.ready))
        answer(requests, verdict)
    }

    mutating func answer(_ requests: [RequestID], _ verdict: Verdict) {
        if !requests.isEmpty { effects.append(.answer(requests, verdict)) }
    }
}
