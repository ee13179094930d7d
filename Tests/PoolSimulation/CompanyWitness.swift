// The witness of a pool with its agent: what the two promise together, looked at after every event.
// Invariant: what it can know by itself it never asks the pool.

import PoolCore

struct CompanyWitness {
    private(set) var faults: [Fault] = []
    /// The rules of each generation that was accepted and not given up.
    private(set) var policies: [GenerationNumber: PoolPolicy]
    /// Generations whose agent `Restart=` wanted no more.
    private(set) var withoutAgent: Set<GenerationNumber> = []
    private(set) var sights = Counts<CompanySight>()

    private var findings = Findings()
    private var clock = Instant(nanoseconds: .min)
    private var watchdogPeriod: Duration?
    private var lastAccepted: GenerationNumber = 1
    private var reading: GenerationNumber?
    private var processes: [WorkerID: GenerationNumber] = [:]
    private var lastWorker: UInt64 = 0
    private var lastAgent: UInt64 = 0
    private var lastAgentGeneration: GenerationNumber = 1
    private var killed: Set<WorkerID> = []
    /// Generations that an agent was ready for.
    private var withAgent: Set<GenerationNumber> = []
    private var agentLostAt: Instant?
    private var open: Set<RequestID> = []
    private var stops = 0
    private var manager = ServiceManager()
    /// What it had heard from the master before.
    private var managerBefore = ServiceManager()
    private var hasSaidGoodbye = false

    init(_ beginning: Trial.Beginning) {
        policies = [1: beginning.policy]
        watchdogPeriod = beginning.watchdogInterval.map { $0 / 2 }
    }

    var checks: Int { findings.checks }

    private var workersLeft: Int { processes.keys.count { !$0.isAgent } }

    func rules(for id: WorkerID, _ number: GenerationNumber) -> WorkerPolicy? {
        id.isAgent ? policies[number]?.agent : policies[number]?.worker
    }

    mutating func hear(_ event: Event, at time: Instant) {
        clock = max(clock, time)
        switch event {
        case .launched(let id) where id.isAgent:
            guard let number = processes[id] else { return }
            if rules(for: id, number)?.readiness == .exec { withAgent.insert(number) }
        case .noticed(let id, .ready) where id.isAgent:
            if let number = processes[id] { withAgent.insert(number) }
        case .configurationRead(let policy):
            guard let number = reading else { return }
            reading = nil
            lastAccepted = number
            policies[number] = policy
        case .configurationRefused: reading = nil
        case .reloadRequested(let request?), .pauseRequested(let request),
            .resumeRequested(let request), .abortRequested(let request),
            .restartRequested(let request, _), .signalRequested(let request, _, _):
            open.insert(request)
        case .stopRequested: stops += 1
        case .resumed(_, let interval):
            open = []
            managerBefore = manager
            manager = ServiceManager()
            watchdogPeriod = interval.map { $0 / 2 }
            sights[.takenOver] += 1
        default: break
        }
    }

    /// All that came of the event heard last.
    mutating func see(_ effects: [Effect], of event: Event, before: Company, after: Company) {
        // A stop does not wait for the answer, which may have been lost with a master.
        let isReading = reading != nil && stops == 0
        for effect in effects { see(effect, before, after) }
        checkWorkersUntouched(effects, event, before)
        if case .resumed = event { checkSuccession(effects, isReading, before) }
        checkGenerations(after)
        checkStop(before, after)
        checkManager(after)
        if case .deadline = event { checkHeartbeat(after) }
        findings.check(after.violations)
        if case .deadline = event, let next = after.nextDeadline {
            findings.check(next > clock, "the next deadline has passed already")
        }
        let workers = after.workers.workers.count + before.workers.workers.count
        findings.check(effects.count <= 60 + 12 * (workers + 6), "\(effects.count) effects")
        note(before, after)
        let found = findings.takeFaults()
        if !found.isEmpty { faults += found.map { $0.after(event.sentence) } }
    }

    // MARK: Each effect

    private mutating func see(_ effect: Effect, _ before: Company, _ after: Company) {
        findings.check(
            !manager.isOver || effect.isAnswer, "\(effect.sentence), after the end")
        switch effect {
        case .launch(let id, let number): seeLaunch(id, number)
        case .disconnect(let id), .signal(let id, _), .relay(let id, _):
            findings.check(processes[id] != nil, "\(effect.sentence), which is none")
            findings.check(!killed.contains(id), "\(effect.sentence), which was killed")
        case .kill(let id):
            findings.check(processes[id] != nil, "\(id) is killed, but is none")
            findings.check(killed.insert(id).inserted, "\(id) is killed twice")
        case .forget(let id):
            findings.check(processes[id] != nil, "\(id) is forgotten, but is none")
            processes[id] = nil
            killed.remove(id)
        case .readConfiguration(let number):
            findings.check(number > lastAccepted, "generation \(number) is read anew")
            findings.check(manager.isReloading, "a configuration is read outside of a reload")
            reading = number
        case .release(let number): seeRelease(number, after)
        case .answer(let requests, _):
            for request in requests {
                findings.check(open.remove(request) != nil, "\(request) is answered twice")
            }
        case .finish: seeFinish(after)
        case .notify(let state): seeNotification(state, before, after)
        case .record(.agent(let record)): seeAgent(record, after)
        case .record(.poolStopped):
            findings.check(!hasSaidGoodbye, "the end is told twice")
            hasSaidGoodbye = true
        case .record, .measureMemory: break
        }
    }

    private mutating func seeLaunch(_ id: WorkerID, _ number: GenerationNumber) {
        guard let policy = policies[number] else {
            return findings.check(false, "\(id) is of generation \(number), which there is not")
        }
        if id.isAgent {
            findings.check(id.incarnation > lastAgent, "\(id) was there before")
            lastAgent = max(lastAgent, id.incarnation)
            let hasAnother = processes.keys.contains(where: \.isAgent)
            findings.check(!hasAnother, "\(id) is a second agent")
            findings.check(policy.agent != nil, "generation \(number) has no agent, but \(id)")
            findings.check(stops == 0 || workersLeft > 0, "\(id) comes when all is over")
            withoutAgent.remove(number)
            lastAgentGeneration = number
        } else {
            findings.check(id.incarnation > lastWorker, "\(id) was there before")
            lastWorker = max(lastWorker, id.incarnation)
            findings.check(
                policy.agent == nil || withAgent.contains(number),
                "\(id) of generation \(number) comes before its agent")
            findings.check(stops == 0, "\(id) comes after a stop")
        }
        processes[id] = number
    }

    private mutating func seeRelease(_ number: GenerationNumber, _ after: Company) {
        findings.check(
            policies.removeValue(forKey: number) != nil, "generation \(number) is released twice")
        let user = processes.filter { $0.value == number }.keys.min()
        findings.check(
            user == nil, "generation \(number) is released, but there is a process of it")
        let isSettled = after.workers.settled == number && !after.workers.generations.isEmpty
        if case .ended = after.workers.phase { return }
        findings.check(!isSettled, "the settled generation is released")
        withAgent.remove(number)
        withoutAgent.remove(number)
    }

    private mutating func seeFinish(_ after: Company) {
        findings.check(processes.isEmpty, "the end comes, with \(processes.count) processes left")
        findings.check(after.agent == nil, "the agent outlives the pool")
        findings.check(hasSaidGoodbye, "the end comes without a word")
        findings.check(manager.isStopping, "the end comes without STOPPING=1")
        manager.isOver = true
    }

    private mutating func seeAgent(_ record: Record, _ after: Company) {
        switch record {
        case .workerStarted(let id, let number, .replacement):
            guard let lost = agentLostAt, let rules = rules(for: id, number) else { return }
            findings.check(
                clock - lost >= max(rules.restartDelay, WorkerPolicy.shortestDelay),
                "\(id) follows \((clock - lost).spoken) after the agent before it")
        case .workerExited, .workerNeverReady, .workerUnresponsive, .workerLeaving:
            agentLostAt = clock
        case .slotFinished: withoutAgent.insert(lastAgentGeneration)
        case .workerRetired(let id, _, .poolStopping): seeDismissal(of: id, after)
        default: break
        }
        sights.note(record)
    }

    /// It is asked to go for good.
    private mutating func seeDismissal(of id: WorkerID, _ after: Company) {
        switch after.workers.phase {
        case .rising, .serving:
            let number = after.workers.settled
            let wanted = policies[number]?.agent != nil && !withoutAgent.contains(number)
            findings.check(!wanted, "\(id) is asked to go, but the pool has an agent")
            sights[.agentRemoved] += 1
        case .idle, .stopping, .ended:
            let left = workersLeft
            findings.check(left == 0, "\(id) is asked to go, with \(left) workers left")
        }
    }

    private mutating func seeNotification(
        _ state: ServiceState, _ before: Company, _ after: Company
    ) {
        switch state {
        case .ready:
            findings.check(!manager.isReady || manager.isReloading, "READY=1 nobody waits for")
            findings.check(!manager.isStopping, "READY=1 while stopping")
            let number = after.workers.settled
            if !manager.isReady, !managerBefore.isReady {
                findings.check(
                    policies[number]?.agent == nil || withAgent.contains(number),
                    "READY=1 before the agent was ready")
                let wanted = min(before.workers.wanted, after.workers.wanted)
                findings.check(
                    after.workers.readySlots >= wanted, "READY=1 before all workers are ready")
            }
            let isRising = after.workers.phase == .idle || after.workers.phase == .rising
            findings.check(!isRising, "READY=1 while the pool rises")
            manager.isReady = true
            manager.isReloading = false
            manager.promise = nil
        case .reloading:
            findings.check(manager.isReady && !manager.isReloading, "RELOADING=1 out of place")
            findings.check(!manager.isStopping, "RELOADING=1 while stopping")
            manager.isReloading = true
            manager.promise = nil
        case .stopping:
            findings.check(!manager.isStopping, "STOPPING=1 twice")
            manager.isStopping = true
            manager.promise = nil
        case .heartbeat:
            findings.check(manager.isReady && !manager.isStopping, "WATCHDOG=1 out of place")
            // Whoever served may be taken back in the same turn, with the agent.
            let isServed = !before.workers.serving.isEmpty || !after.workers.serving.isEmpty
            findings.check(isServed, "WATCHDOG=1, but nobody serves")
            manager.lastHeartbeat = clock
        case .extendTimeout(let duration):
            findings.check(duration > .zero, "a promise of \(duration.spoken)")
            manager.promise = max(manager.promise ?? clock, clock + duration)
        case .status(let text):
            findings.check(text != manager.status, "STATUS= is said twice")
            manager.status = text
        }
    }

    // MARK: Each turn

    /// The service manager comes to know what it knew, and nobody feels anything of it.
    private mutating func checkSuccession(
        _ effects: [Effect], _ isWaitedFor: Bool, _ before: Company
    ) {
        findings.check(
            manager.isReady == managerBefore.isReady
                && manager.isStopping == managerBefore.isStopping
                && manager.isOver == managerBefore.isOver
                && manager.isReloading == (managerBefore.isReloading && !managerBefore.isStopping),
            "the service manager is not told how the pool stands")
        let records = effects.count {
            if case .record(.masterReplaced) = $0 { true } else { false }
        }
        findings.check(records == 1, "\(records) records of one succession")
        let reads = effects.count { if case .readConfiguration = $0 { true } else { false } }
        findings.check(
            reads == (isWaitedFor ? 1 : 0), "the configuration is read \(reads) times anew")
        var twin = before
        let moves = twin.handle(.nothing, at: clock) + twin.handle(.nothingOfAgent, at: clock)
        let due = moves.filter { $0.subject != nil }
        let deeds = effects.filter { $0.subject != nil }
        findings.check(deeds == due, "\(deeds) because of another master, not \(due)")
        if !isWaitedFor, before.workers.rollout?.stage == .reading {
            sights[.takenOverInAgentsTurn] += 1
        }
        if before.agent?.workers.isEmpty == false { sights[.takenOverWithAgent] += 1 }
    }

    /// What the agent does and suffers is nothing to a worker outside of a rollout.
    private mutating func checkWorkersUntouched(
        _ effects: [Effect], _ event: Event, _ before: Company
    ) {
        guard event.worker?.isAgent == true, before.workers.phase != .idle,
            before.workers.rollout == nil
        else { return }
        let touched = effects.first { $0.subject?.isAgent == false }
        findings.check(touched == nil, "\(touched?.sentence ?? ""), because of the agent")
    }

    /// What was accepted is known until it is released, and what was released is not.
    private mutating func checkGenerations(_ after: Company) {
        let known = after.workers.generations + (after.agent?.generations ?? [])
        let lost = known.first { policies[$0.number] == nil }
        findings.check(lost == nil, "generation \(lost?.number ?? 0) is released, but remembered")
        guard after.workers.phase == .serving else { return }
        let target = after.workers.rollout?.target
        let kept = policies.keys.filter { number in
            number != target && !known.contains { $0.number == number }
        }
        findings.check(kept.isEmpty, "generation \(kept.min() ?? 0) is kept for nothing")
    }

    private mutating func checkStop(_ before: Company, _ after: Company) {
        guard stops > 0 else { return }
        switch after.workers.phase {
        case .rising, .serving: findings.check(false, "the pool was asked to stop and does not")
        case .idle, .stopping, .ended: break
        }
        let isInTheEnd = if case .stopping = before.workers.phase { true } else { false }
        guard stops > 1, isInTheEnd || workersLeft == 0 else { return }
        let spared = processes.keys.filter {
            !killed.contains($0) && (!$0.isAgent || workersLeft == 0)
        }
        findings.check(spared.isEmpty, "somebody may go on after the second stop: \(spared)")
    }

    private mutating func checkManager(_ after: Company) {
        let line = after.statusLine
        findings.check(
            manager.status == line || line.isEmpty || manager.isOver,
            "STATUS=\(manager.status), but it is \(line)")
        checkPromise(after)
        guard after.workers.phase == .serving, after.agent != nil else { return }
        let isTold = line.contains("; agent ")
        findings.check(
            isTold == (after.servingAgent == nil), "STATUS=\(line) is not true of the agent")
    }

    /// While nothing but the agent is waited for.
    private mutating func checkPromise(_ after: Company) {
        switch after.workers.phase {
        case .idle, .ended: break
        case .rising, .serving, .stopping: return
        }
        for worker in after.agent?.workers ?? [] where !worker.isReady && worker.state != .killed {
            let end: Instant
            switch worker.state {
            case .launching(let until), .starting(let until), .ready(let until),
                .disconnecting(let until), .stopping(let until), .ending(let until):
                end = until ?? clock + .seconds(40)
            case .killed: end = clock
            }
            let promise = manager.promise ?? Instant(nanoseconds: .min)
            findings.check(promise >= end, "the promise does not cover the agent")
        }
    }

    private mutating func checkHeartbeat(_ after: Company) {
        guard let period = watchdogPeriod, after.workers.phase == .serving,
            !after.workers.serving.isEmpty
        else { return }
        let last = manager.lastHeartbeat ?? Instant(nanoseconds: .min)
        findings.check(clock - last < period, "no WATCHDOG=1 although a worker serves")
    }

    private mutating func note(_ before: Company, _ after: Company) {
        if after.agent?.serving.isEmpty == false { sights[.agentServing] += 1 }
        if case .startLimit = after.agent?.seats.first?.pause { sights[.agentRests] += 1 }
        if before.agent == nil, after.agent != nil { sights[.agentAdded] += 1 }
        guard case .forward? = before.agent?.rollout?.stage else { return }
        switch (after.agent?.rollout?.stage, after.workers.rollout?.stage) {
        case (.back, .reading?): sights[.agentGoesBack] += 1
        case (.back, .back?): sights[.workersTakenBack] += 1
        case (.back, nil): sights[.agentTakenBack] += 1
        case (nil, nil) where !manager.isStopping: sights[.bothReplaced] += 1
        default: break
        }
    }
}

/// What was seen of agents.
package enum CompanySight: Int, Countable {
    case agentServing, agentRests, agentAdded, agentRemoved
    case agentGoesBack, workersTakenBack, agentTakenBack, bothReplaced
    case refused, notExecuted, silent, troubled, brokenOff, leaving, neverReady, exited
    case expired, tooHeavy, finished, killed, hurried, unreachable
    case takenOver, takenOverWithAgent, takenOverInAgentsTurn
}

extension Counts<CompanySight> {
    fileprivate mutating func note(_ record: Record) {
        switch record {
        case .workerStarted(_, _, .lifetime): self[.expired] += 1
        case .workerStarted(_, _, .memory): self[.tooHeavy] += 1
        case .workerNeverReady(_, _, .notLaunched(.refused)): self[.refused] += 1
        case .workerNeverReady(_, _, .notLaunched(.notExecuted)): self[.notExecuted] += 1
        case .workerNeverReady: self[.neverReady] += 1
        case .workerUnresponsive(_, _, .watchdog): self[.silent] += 1
        case .workerUnresponsive(_, _, .trouble): self[.troubled] += 1
        case .workerUnresponsive: self[.brokenOff] += 1
        case .workerLeaving: self[.leaving] += 1
        case .workerExited: self[.exited] += 1
        case .slotFinished: self[.finished] += 1
        case .workerKilled(_, _, _, .secondStop): self[.hurried] += 1
        case .workerKilled(_, _, _, .unreachable): self[.unreachable] += 1
        case .workerKilled: self[.killed] += 1
        default: break
        }
    }
}

extension Effect {
    fileprivate var isAnswer: Bool { if case .answer = self { true } else { false } }

    /// Whom it does something to.
    package var subject: WorkerID? {
        switch self {
        case .launch(let id, _), .disconnect(let id), .signal(let id, _), .relay(let id, _),
            .kill(let id), .forget(let id):
            id
        default: nil
        }
    }
}
