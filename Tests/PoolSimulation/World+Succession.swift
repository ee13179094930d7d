// The master ends amid what follows on an event, and another one takes the pool over.
// Invariant: of what the core has wished for nothing is left out, and nothing but the one deed under
// way is done twice; what the master had read and not told the core is lost with it.

import PoolCore

extension World {
    /// The master ends as it does what follows on the next event.
    mutating func doomMaster() {
        let cause = generator.endOfMaster()
        ownTally.troubles[cause.trouble] += 1
        doom = cause
    }

    /// All that lies between the last event of one master and the first of the next.
    mutating func changeMasters(_ effects: [Effect], _ cause: Resumption.Cause) {
        masters += 1
        let master = masters
        let rest = end(effects, cause)
        if watchedUntil == nil { watchedUntil = now }
        let gone = passGap(after: cause)
        muffled { for effect in rest { $0.carryOut(effect) } }
        guard tellAnswers(as: master), tellEnds(gone, cause, as: master),
            tellStates(as: master)
        else { return }
        let gap = watchedUntil.map { now - $0 } ?? .zero
        watchedUntil = nil
        lastRequest = 0
        let resumption = Resumption(cause: cause, gap: gap, workers: processes.count)
        watchdogInterval = generator.watchdog(insteadOf: watchdogInterval)
        _ = tell(.resumed(resumption, watchdogInterval: watchdogInterval), as: master)
    }

    /// Whether this master is still there after it; it may die as any other.
    private mutating func tell(_ event: Event, as master: Int) -> Bool {
        if isHostile, isFaultless, generator.oneIn(40) {
            ownTally.troubles[.masterKilledAgain] += 1
            doom = .death
        }
        tell(event)
        return masters == master && isFaultless
    }

    // MARK: The last deeds of the one

    /// What is left to be done.
    private mutating func end(_ effects: [Effect], _ cause: Resumption.Cause) -> [Effect] {
        guard cause == .death else {
            muffled { for effect in effects { $0.carryOut(effect) } }
            readAnswers()
            if cause == .restart { agenda.removeAnswers(until: nil) }
            return []
        }
        let done = generator.int(0...effects.count)
        let isUnderWay = generator.oneIn(2)
        isMute = true
        for effect in effects.prefix(isUnderWay ? done + 1 : done) { carryOut(effect) }
        isMute = false
        agenda.removeAnswers(until: nil)
        return Array(effects.dropFirst(done))
    }

    private mutating func readAnswers() {
        for event in agenda.removeAnswers(until: now) where isFaultless { tell(event) }
    }

    /// Time in which nobody watches. What workers say waits for whoever reads it.
    ///
    /// - Returns: who has ended meanwhile.
    private mutating func passGap(after cause: Resumption.Cause) -> [WorkerID: ExitStatus] {
        wait(generator.gap(after: cause))
        var gone: [WorkerID: ExitStatus] = [:]
        var unread: [Agenda.Entry] = []
        while let (time, entry) = agenda.first, time <= now {
            agenda.removeFirst()
            switch entry {
            case .exit(let id, let status): gone[id] = status
            case .crash(let id): gone[id] = .exited(1)
            case .tell, .notice, .lateNotice, .beat: unread.append(entry)
            }
        }
        for entry in unread { agenda.add(now, entry) }
        if isHostile, generator.oneIn(3) {
            for id in processes.keys.sorted() where generator.oneIn(3) {
                gone[id] = .signaled(.kill, coreDumped: false)
            }
        }
        for id in gone.keys { processes[id] = nil }
        return gone
    }

    // MARK: The first deeds of the next

    private mutating func tellAnswers(as master: Int) -> Bool {
        for event in agenda.removeAnswers(until: now) {
            guard tell(event, as: master) else { return false }
        }
        return true
    }

    private mutating func tellEnds(
        _ gone: [WorkerID: ExitStatus], _ cause: Resumption.Cause, as master: Int
    ) -> Bool {
        for worker in pool.workers where processes[worker.id] == nil {
            // This one's own launch of it comes to nothing, and it is still to hear of that.
            if gone[worker.id] == nil, agenda.hasAnswer(about: worker.id) { continue }
            let status = generator.report(of: gone[worker.id] ?? .unknown, after: cause)
            var event = Event.exited(worker.id, status)
            if worker.state.name == "launching", generator.oneIn(2) {
                event = .launchFailed(worker.id, .refused("it was never launched"))
            }
            guard tell(event, as: master) else { return false }
        }
        return true
    }

    private mutating func tellStates(as master: Int) -> Bool {
        for worker in pool.workers {
            guard let process = processes[worker.id] else { continue }
            switch worker.state {
            case .launching where !agenda.hasAnswer(about: worker.id):
                guard tell(.launched(worker.id), as: master) else { return false }
            case .disconnecting where process.isUnreachable:
                guard tell(.unreachable(worker.id), as: master) else { return false }
            default: break
            }
        }
        return true
    }
}

extension Agenda.Entry {
    /// What the master finds out by itself and tells the core.
    fileprivate var answer: Event? {
        if case .tell(let event) = self { event } else { nil }
    }
}

extension Agenda {
    /// - Parameter time: `nil` for all of them.
    @discardableResult
    fileprivate mutating func removeAnswers(until time: Instant?) -> [Event] {
        removeAll { at, entry in entry.answer != nil && time.map { at <= $0 } ?? true }
            .compactMap(\.answer)
    }

    fileprivate func hasAnswer(about id: WorkerID) -> Bool {
        contains { $0.answer?.worker == id }
    }
}
