// What the two machines wish for, as one wish: which of the agent's words are for the whole pool, and
// which are for nobody.

extension Company {
    mutating func tellWorkers(_ event: Event, at now: Instant) {
        for wish in workers.handle(event, at: now) { pass(wish) }
    }

    mutating func tellAgent(_ event: Event, at now: Instant) {
        moveAgent(at: now) { $0.take(event) }
    }

    /// What somebody wants of the agent and waits for.
    mutating func askAgent(_ event: Event, _ request: RequestID, at now: Instant) {
        if case .ended? = agent?.phase { return refuse(request, "there is no agent any more") }
        guard agent != nil else { return refuse(request, "there is no agent") }
        if case .restartRequested = event, turn != nil || workers.rollout != nil {
            return refuse(request, "a rollout is under way, and replaces the agent")
        }
        tellAgent(event, at: now)
    }

    private mutating func refuse(_ request: RequestID, _ why: String) {
        effects.append(.answer([request], .refused(why)))
    }

    /// Does something to the agent's machine, if there is one that has not ended.
    mutating func moveAgent(at now: Instant, _ deed: (inout Pool) -> Void) {
        if case .ended? = agent?.phase { return }
        for wish in agent?.perform(at: now, deed) ?? [] { passOfAgent(wish) }
    }

    mutating func rollBackWorkers(because why: String, at now: Instant) {
        for wish in workers.perform(at: now, { $0.rollBack(because: why) }) { pass(wish) }
    }

    /// What the workers' machine wishes for is the pool's wish, but that it ends without its agent.
    private mutating func pass(_ wish: Effect) {
        switch wish {
        case .release(let number): release(number)
        case .notify(.status): reportStatus()
        case .notify(.heartbeat):
            if let fault = agent?.violations.first {
                effects.append(.record(.watchdogWithheld("agent: \(fault)")))
            } else {
                effects.append(wish)
            }
        case .record(.poolStopped) where agent != nil: break
        case .finish(let outcome) where agent != nil: self.outcome = outcome
        case .finish(let end): effects.append(.finish(outcome ?? end))
        // It was read: the rollout waits for the agent.
        case .readConfiguration(let number) where turn?.number == number: break
        default: effects.append(wish)
        }
    }

    private mutating func passOfAgent(_ wish: Effect) {
        switch wish {
        case .launch, .disconnect, .signal, .relay, .kill, .forget, .measureMemory,
            .notify(.extendTimeout):
            effects.append(wish)
        case .release(let number): release(number)
        case .record(let record): pass(record)
        case .notify(.status): reportStatus()
        // The pool can't rise without it, so this is the pool's word too.
        case .notify(.stopping) where workers.phase == .idle: effects.append(wish)
        // Its rollouts are answered for by the pool: this is about the agent alone.
        case .answer: effects.append(wish)
        case .notify, .finish, .readConfiguration: break
        }
    }

    /// What became of the agent is told; what it means for the pool is told by the pool.
    private mutating func pass(_ record: Record) {
        switch record {
        case .workerStarted, .workerReady, .workerGone, .workerExited, .workerNeverReady,
            .workerUnresponsive, .workerLeaving, .workerRetired, .workerKilled, .workerSignalled,
            .restartDelayed,
            .startLimitHit, .slotFinished:
            effects.append(.record(.agent(record)))
        case .poolStartFailed where workers.phase == .idle: effects.append(.record(record))
        default: break
        }
    }

    /// A generation is given up when neither machine knows it any more.
    mutating func release(_ number: GenerationNumber) {
        guard !workers.generations.contains(where: { $0.number == number }),
            agent?.generations.contains(where: { $0.number == number }) != true
        else { return }
        effects.append(.release(number))
    }

    mutating func reportStatus() {
        let line = statusLine
        // Without an agent a pool says when it has something to say.
        guard line != statusText, !line.isEmpty else { return }
        statusText = line
        effects.append(.notify(.status(line)))
    }
}
