// The master of a pool with its agent ends, and another one takes both over: see World+Succession.swift.
// Invariant: as there. What the kernel and the workers have still to say is on the agenda, and what is
// an answer to the master that has ended is not.

import PoolCore

extension CompanyWorld {
    /// Chance, as a succession of masters has it.
    struct Fortune {
        var generator: Generator
        let cause: Resumption.Cause
        let mayDieAgain: Bool
    }

    /// The master ends as it does what follows on the next event.
    mutating func doomMaster(_ seed: UInt64, mayDieAgain: Bool) {
        var generator = Generator(seed: seed)
        let cause = generator.endOfMaster()
        doom = Fortune(generator: generator, cause: cause, mayDieAgain: mayDieAgain)
    }

    /// All that lies between the last event of one master and the first of the next.
    mutating func changeMasters(_ effects: [Effect], _ fortune: Fortune) {
        var fortune = fortune
        masters += 1
        let master = masters
        let (rest, unlaunched) = end(effects, &fortune)
        if watchedUntil == nil { watchedUntil = now }
        skip(fortune.generator.gap(after: fortune.cause))
        unattended.formUnion(unlaunched)
        let gone = takeEnds(&fortune)
        unattended.formUnion(gone.keys)
        for effect in rest { carryOut(effect) }
        guard tellAnswers(&fortune, master), tellEnds(gone, &fortune, master),
            tellStates(&fortune, master)
        else { return }
        let gap = watchedUntil.map { now - $0 } ?? .zero
        watchedUntil = nil
        forgetRequests()
        let resumption = Resumption(
            cause: fortune.cause, gap: gap, workers: company.workers.workers.count)
        watchdogInterval = fortune.generator.watchdog(insteadOf: watchdogInterval)
        _ = tell(.resumed(resumption, watchdogInterval: watchdogInterval), &fortune, master)
    }

    /// Whether this master is still there after it; it may die as any other.
    private mutating func tell(_ event: Event, _ fortune: inout Fortune, _ master: Int) -> Bool {
        if fortune.mayDieAgain, isFaultless, fortune.generator.oneIn(40) {
            doom = Fortune(
                generator: Generator(seed: fortune.generator.next()), cause: .death,
                mayDieAgain: true)
        }
        tell(event)
        return masters == master && isFaultless
    }

    // MARK: The last deeds of the one

    /// What is left to be done, and who was not launched without a word about it.
    private mutating func end(
        _ effects: [Effect], _ fortune: inout Fortune
    ) -> ([Effect], Set<WorkerID>) {
        var done = effects.count
        var begun = done
        if fortune.cause == .death {
            done = fortune.generator.int(0...effects.count)
            begun = fortune.generator.oneIn(2) ? min(done + 1, effects.count) : done
        }
        for effect in effects.prefix(begun) { carryOut(effect) }
        if fortune.cause == .death { return (Array(effects.dropFirst(done)), loseAnswers()) }
        for event in removeFromAgenda(where: \.isAnswer) where isFaultless { tell(event) }
        if fortune.cause == .restart { loseAnswers() }
        return ([], [])
    }

    @discardableResult
    private mutating func loseAnswers() -> Set<WorkerID> {
        var unlaunched: Set<WorkerID> = []
        for event in removeFromAgenda(where: { $0.isAnswer || $0.isReport }) {
            if case .launchFailed(let id, _) = event { unlaunched.insert(id) }
        }
        return unlaunched
    }

    // MARK: Nobody watches

    /// Who has ended meanwhile: of those who were to, and of the others.
    private mutating func takeEnds(_ fortune: inout Fortune) -> [WorkerID: ExitStatus] {
        var gone: [WorkerID: ExitStatus] = [:]
        let kills = fortune.mayDieAgain && fortune.generator.oneIn(3)
        for id in living where isExecuted(id) {
            let status = statusToCome(of: id)
            let odds: UInt64 = status == nil ? 3 : 2
            guard status != nil || kills, fortune.generator.oneIn(odds) else { continue }
            gone[id] = status ?? .signaled(.kill, coreDumped: false)
            _ = removeFromAgenda { $0.worker == id }
        }
        return gone
    }

    // MARK: The first deeds of the next

    private mutating func tellAnswers(_ fortune: inout Fortune, _ master: Int) -> Bool {
        for event in removeFromAgenda(where: \.isAnswer) {
            guard tell(event, &fortune, master) else { return false }
        }
        return true
    }

    private var workers: [Worker] { company.workers.workers + (company.agent?.workers ?? []) }

    private mutating func tellEnds(
        _ gone: [WorkerID: ExitStatus], _ fortune: inout Fortune, _ master: Int
    ) -> Bool {
        for worker in workers where unattended.contains(worker.id) {
            let status = fortune.generator.report(
                of: gone[worker.id] ?? .unknown, after: fortune.cause)
            var event = Event.exited(worker.id, status)
            if worker.state.name == "launching", fortune.generator.oneIn(2) {
                event = .launchFailed(worker.id, .refused("it was never launched"))
            }
            guard tell(event, &fortune, master) else { return false }
        }
        return true
    }

    private mutating func tellStates(_ fortune: inout Fortune, _ master: Int) -> Bool {
        for worker in workers {
            var event: Event?
            if worker.state.name == "launching", !isReportToCome(of: worker.id) {
                event = .launched(worker.id)
            } else if worker.state.name == "disconnecting", !isReachable(worker.id) {
                event = .unreachable(worker.id)
            }
            if let event, !tell(event, &fortune, master) { return false }
        }
        return true
    }
}

extension Event {
    /// What the master finds out by itself, at once, when it does what the core has wished for.
    var isAnswer: Bool {
        switch self {
        case .launchFailed, .unreachable, .memoryMeasured, .configurationRead,
            .configurationRefused:
            true
        default: false
        }
    }

    /// What the child of a launch writes to the master that has launched it.
    var isReport: Bool { if case .launched = self { true } else { false } }
}
