// The end: everybody is asked to go at once, and nothing is left when it is over.

extension Pool {
    mutating func requestStop() {
        switch phase {
        case .idle:
            answer(pendingReload ?? [], .refused("the pool is stopping"))
            pendingReload = nil
            end(.stopped)
        case .rising, .serving: beginStop(.stopped)
        case .stopping: skipWaits()
        case .ended: break
        }
    }

    /// The first generation can't get ready: the start has failed.
    mutating func failStart(_ why: String) {
        effects.append(.record(.poolStartFailed(why)))
        lastFailure = "start failed: \(why)"
        beginStop(.neverReady)
    }

    private mutating func beginStop(_ outcome: Outcome) {
        phase = .stopping(outcome)
        effects.append(.notify(.stopping))
        let wait = Verdict.refused("the pool is stopping")
        answer((rollout?.requests ?? []) + (pendingReload ?? []), wait)
        refuseRestarts(because: "the pool is stopping")
        rollout = nil
        pendingReload = nil
        promise = nil
        seats = []
        let staying = workers.filter { $0.role != .leaver }
        effects.append(.record(.poolStopping(workers: staying.count)))
        for worker in staying { retire(worker.id, because: .poolStopping) }
    }

    private mutating func skipWaits() {
        for index in workers.indices where workers[index].state != .killed {
            kill(index, because: .secondStop)
        }
    }

    /// Ends the pool when there is nothing left to do.
    mutating func conclude() {
        switch phase {
        case .stopping(let outcome) where workers.isEmpty: end(outcome)
        case .serving where isFinished: end(finishedOutcome)
        default: break
        }
    }

    /// The start is over once as many serve as are wanted.
    mutating func becomeServing() {
        guard phase == .rising, readySlots >= wanted else { return }
        phase = .serving
        hasServed = true
        promise = nil
        watchdog?.due = clock
        effects.append(.notify(.ready))
        effects.append(
            .record(.poolReady(settled, workers: readySlots, after: clock - startedAt)))
    }

    /// Whether `Restart=` has let every slot go and nobody asks for a new start.
    private var isFinished: Bool {
        workers.isEmpty && rollout == nil && seats.allSatisfy { $0.isFinished }
    }

    private var finishedOutcome: Outcome {
        seats.allSatisfy { $0.pause == .finished(clean: true) } ? .finished : .failed
    }

    private mutating func end(_ outcome: Outcome) {
        if case .stopping = phase {} else { effects.append(.notify(.stopping)) }
        refuseRestarts(because: "the pool has ended")
        phase = .ended(outcome)
        seats = []
        effects.append(.record(.poolStopped(outcome)))
    }
}

extension Seat {
    var isFinished: Bool {
        if case .finished = pause { return true }
        return false
    }
}
