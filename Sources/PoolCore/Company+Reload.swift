// A reload of a pool with an agent: first the agent, then the workers; both or none.
// Invariant: the workers' machine does not hear of a configuration before the agent of that
// generation is ready, and the agent's can go back until the workers are done.

extension Company {
    /// The configuration was read for the workers' rollout.
    mutating func read(_ policy: PoolPolicy, at now: Instant) {
        // It was read already: the question was put once more by another master.
        guard turn == nil else { return }
        guard let rollout = workers.rollout, rollout.stage == .reading,
            agent != nil || policy.agent != nil
        else { return tellWorkers(.configurationRead(policy), at: now) }
        turn = .waiting(rollout.target, policy)
    }

    /// Whether there was anything to do.
    mutating func advanceReload(at now: Instant) -> Bool {
        switch turn {
        case nil: return false
        case .waiting(let number, let policy): return beginReplacing(number, policy, at: now)
        case .replacing(let number, let policy): return concludeReplacing(number, policy, at: now)
        case .returning(let number, let why):
            guard agent?.rollout == nil else { return false }
            refuse(number, why, at: now)
            return true
        case .following(let number, let policy): return concludeFollowing(number, policy, at: now)
        }
    }

    // MARK: The agent's part

    private mutating func beginReplacing(
        _ number: GenerationNumber, _ policy: PoolPolicy, at now: Instant
    ) -> Bool {
        guard let rules = policy.agent else {
            // It goes when the workers that may need it have gone.
            follow(number, policy, at: now)
            return true
        }
        switch agent?.phase {
        case nil:
            agent = newAgent(rules, policy, of: number)
            turn = .replacing(number, policy)
            tellAgent(.start, at: now)
        case .serving where agent?.rollout == nil:
            turn = .replacing(number, policy)
            moveAgent(at: now) { $0.beginReplacement(.agent(rules, policy), of: number) }
        default: return false
        }
        return true
    }

    private mutating func concludeReplacing(
        _ number: GenerationNumber, _ policy: PoolPolicy, at now: Instant
    ) -> Bool {
        guard let agent else { return false }
        switch (agent.phase, agent.rollout?.stage) {
        case (.serving, nil) where agent.settled == number:  // It is the pool's first.
            follow(number, policy, at: now)
        case (.serving, .forward?) where agent.rollout?.unfinished.isEmpty == true:
            follow(number, policy, at: now)
        case (.serving, .back(let why)?): turn = .returning(number, why)
        case (.serving, nil), (.stopping, _), (.ended, _):
            refuse(number, agent.lastFailure ?? "the agent could not be replaced", at: now)
        default: return false
        }
        return true
    }

    /// The agent has fallen: nothing else was touched.
    private mutating func refuse(
        _ number: GenerationNumber, _ why: String, at now: Instant
    ) {
        turn = nil
        // The number was that of the agent that failed, which may still be on its way out.
        workers.lastNumber = max(workers.lastNumber, number)
        tellWorkers(.configurationRefused(why), at: now)
    }

    // MARK: The workers' part

    private mutating func follow(
        _ number: GenerationNumber, _ policy: PoolPolicy, at now: Instant
    ) {
        turn = .following(number, policy)
        tellWorkers(.configurationRead(policy), at: now)
    }

    private mutating func concludeFollowing(
        _ number: GenerationNumber, _ policy: PoolPolicy, at now: Instant
    ) -> Bool {
        guard let rollout = workers.rollout, rollout.target == number else {
            turn = nil
            if workers.settled == number {
                keepAgent(as: policy, at: now)
            } else {
                undoAgent(of: number, because: "the workers went back", at: now)
            }
            return true
        }
        if case .back(let why) = rollout.stage {
            turn = nil
            undoAgent(of: number, because: why, at: now)
            return true
        }
        if case .back(let why)? = agent?.rollout?.stage {
            turn = nil
            rollBackWorkers(because: why, at: now)
            return true
        }
        return false
    }

    private mutating func keepAgent(as policy: PoolPolicy, at now: Instant) {
        if policy.agent == nil {
            tellAgent(.stopRequested, at: now)
        } else {
            moveAgent(at: now) { $0.rollout?.isHeldOpen = false }
        }
    }

    private mutating func undoAgent(
        of number: GenerationNumber, because why: String, at now: Instant
    ) {
        if agent?.rollout?.target == number {
            moveAgent(at: now) { if $0.rollout?.isForward == true { $0.rollBack(because: why) } }
        } else if agent?.settled == number {
            // There was none before it.
            tellAgent(.stopRequested, at: now)
        }
    }

    // MARK: Steering

    /// Whether it was, as it is the agent's turn.
    mutating func refuseToSteer(_ request: RequestID) -> Bool {
        switch turn {
        case .waiting, .replacing, .returning:
            effects.append(.answer([request], .refused("the agent is being replaced")))
            return true
        case .following, nil: return false
        }
    }

    /// Gives up a reload whose workers were not touched yet.
    mutating func abortTurn(_ request: RequestID, at now: Instant) -> Bool {
        let why = Rollout.aborted
        switch turn {
        case .waiting(let number, _):
            turn = .returning(number, why)
            // No agent has heard of it.
            release(number)
        case .replacing(let number, _):
            turn = .returning(number, why)
            undoAgent(of: number, because: why, at: now)
        case .returning(_, let why):
            effects.append(.answer([request], .refused("the rollout goes back already: \(why)")))
            return true
        case .following, nil: return false
        }
        effects.append(.answer([request], .done))
        return true
    }
}
