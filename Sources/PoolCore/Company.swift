// A pool and its agent: the one comes before the other rises, and leaves after it.
// Invariant: workers are started only beside an agent that was ready, and the end is told once,
// when neither has anything left. Without an agent it is the pool and nothing else.

/// The state machines of a pool's workers and of its agent, in step with each other.
///
/// Its coded form, and that of each type in it, is written where the next master reads it, which may
/// be a newer program: whatever was written once is read for ever. A property that is added is
/// optional or gets a decoder that does without it; one that is not needed any more keeps its name to
/// itself; a case is never renamed.
package struct Company: Codable, Sendable {
    package internal(set) var workers: Pool
    /// `nil` where there is none to be, or none any more.
    package internal(set) var agent: Pool?
    /// A reload, as far as the agent has a part in it.
    var turn: Turn?
    /// How the pool has ended, while its agent has not.
    var outcome: Outcome?
    /// Whether the agent has heard of that.
    var isAgentDismissed = false
    /// Stops that were asked for.
    var stops = 0
    /// The greatest that was given to an agent.
    var lastIncarnation = Company.agentIncarnations
    let seed: UInt64
    var statusText = ""
    var clock = Instant(nanoseconds: .min)
    /// Empty between two events.
    var effects: [Effect] = []

    /// Agents have greater incarnations than this, and workers have smaller ones.
    static let agentIncarnations: UInt64 = 1 << 40

    /// The agent's part in a reload.
    enum Turn: Codable, Sendable {
        /// The configuration was read; the agent is not at rest yet. Can become: replacing.
        case waiting(GenerationNumber, PoolPolicy)
        /// The agent of the new generation rises. Can become: following, once it is ready;
        /// returning, when it fails.
        case replacing(GenerationNumber, PoolPolicy)
        /// The old agent comes back, for this reason. Can become: `nil`, when it has or can't, and
        /// the reload is refused.
        case returning(GenerationNumber, String)
        /// The workers are replaced; what the agent has done is not final. Can become: `nil`, when
        /// that has gone well or badly: if badly, the agent goes back too.
        case following(GenerationNumber, PoolPolicy)

        var number: GenerationNumber {
            switch self {
            case .waiting(let number, _), .replacing(let number, _), .returning(let number, _),
                .following(let number, _):
                number
            }
        }
    }

    /// - Parameters: those of `Pool.init`; `policy.agent` says whether there is an agent.
    package init(policy: PoolPolicy, watchdogInterval: Duration?, seed: UInt64 = 0) {
        self.seed = seed
        workers = Pool(policy: policy, watchdogInterval: watchdogInterval, seed: seed)
        agent = policy.agent.map { newAgent($0, policy, of: 1) }
    }

    func newAgent(
        _ rules: WorkerPolicy, _ policy: PoolPolicy, of number: GenerationNumber
    ) -> Pool {
        Pool(agent: .agent(rules, policy), of: number, after: lastIncarnation, seed: seed)
    }

    /// As `Pool.handle`.
    package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        // One clock for both: a machine that has heard less must not live in an earlier time.
        clock = max(clock, now)
        let now = clock
        take(event, at: now)
        while advance(at: now) {}
        reportStatus()
        defer { effects = [] }
        return effects
    }

    private mutating func take(_ event: Event, at now: Instant) {
        switch event {
        case .start where agent != nil: tellAgent(.start, at: now)
        case .configurationRead(let policy): read(policy, at: now)
        // It was read: the workers' rollout only waits for the agent.
        case .configurationRefused where turn != nil: break
        case .stopRequested:
            stops += 1
            turn = nil
            // The pool ends already: there is nothing but the agent to hurry.
            if outcome != nil || hasStartFailed { return tellAgent(event, at: now) }
            tellWorkers(event, at: now)
        case .deadline:
            tellWorkers(event, at: now)
            // What the workers have brought to an end is final, whatever becomes of the agent.
            while advance(at: now) {}
            tellAgent(event, at: now)
        case .resumed(let resumption, let interval):
            resume(resumption, watchdogInterval: interval, at: now)
        case .pauseRequested(let request), .resumeRequested(let request):
            if refuseToSteer(request) { return }
            tellWorkers(event, at: now)
        case .restartRequested(let request, Slot.ofAgent?):
            askAgent(.restartRequested(request, 0), request, at: now)
        case .signalRequested(let request, .ofAgent, let signal):
            askAgent(.signalRequested(request, 0, signal), request, at: now)
        case .abortRequested(let request):
            if abortTurn(request, at: now) { return }
            tellWorkers(event, at: now)
        default:
            if let id = event.worker, id.isAgent {
                tellAgent(event, at: now)
            } else {
                tellWorkers(event, at: now)
            }
        }
    }

    /// Whether there was anything to do that follows from what has happened.
    private mutating func advance(at now: Instant) -> Bool {
        advanceStart(at: now) || advanceReload(at: now) || advanceEnd(at: now)
    }

    private mutating func advanceStart(at now: Instant) -> Bool {
        guard workers.phase == .idle, outcome == nil, agent?.phase == .serving else { return false }
        tellWorkers(.start, at: now)
        return true
    }

    // MARK: The end

    private mutating func advanceEnd(at now: Instant) -> Bool {
        if case .ended(let end)? = agent?.phase { return loseAgent(end, at: now) }
        guard outcome != nil, !isAgentDismissed, let agent else { return false }
        isAgentDismissed = true
        // Who was in a hurry still is.
        var words = max(1, min(stops, 2))
        if case .stopping = agent.phase {
            // It goes already, but the service manager has begun to count anew.
            words -= 1
            moveAgent(at: now) { $0.promise = nil }
        }
        for _ in 0..<words { tellAgent(.stopRequested, at: now) }
        return true
    }

    /// Whether the agent could not get ready, and the pool ends when it has gone.
    private var hasStartFailed: Bool {
        if case .stopping? = agent?.phase { return workers.phase == .idle }
        return false
    }

    /// The agent has ended, and no other one follows on it by itself.
    private mutating func loseAgent(_ end: Outcome, at now: Instant) -> Bool {
        let last = agent
        lastIncarnation = max(lastIncarnation, last?.lastIncarnation ?? 0)
        agent = nil
        for generation in last?.generations ?? [] { release(generation.number) }
        if let outcome {
            finish(outcome)
        } else if workers.phase == .idle {
            outcome = end
            // Whoever waits for a reload is told.
            for case .answer(let requests, let verdict) in workers.handle(.stopRequested, at: now) {
                effects.append(.answer(requests, verdict))
            }
            finish(end)
        }
        return true
    }

    private mutating func finish(_ outcome: Outcome) {
        // Nothing is told after the end.
        reportStatus()
        effects.append(.record(.poolStopped(outcome)))
        effects.append(.finish(outcome))
    }
}

extension WorkerID {
    /// Whether it is an agent's.
    package var isAgent: Bool { incarnation > Company.agentIncarnations }
}

// Queries.
extension Company {
    /// As `Pool.nextDeadline`.
    package var nextDeadline: Instant? {
        [workers.nextDeadline, agent?.nextDeadline].compactMap { $0 }.min()
    }

    package var violations: [String] {
        workers.violations + (agent?.violations.map { "agent: \($0)" } ?? []) + ownViolations
    }

    private var ownViolations: [String] {
        var found: [String] = []
        if workers.workers.contains(where: \.id.isAgent) { found.append("an agent works") }
        if agent?.workers.allSatisfy(\.id.isAgent) == false { found.append("a worker is an agent") }
        if let agent, agent.workers.count > 1 { found.append("there are two agents") }
        if turn != nil, workers.rollout == nil { found.append("the agent waits for no rollout") }
        return found
    }

    /// The agent, if it is ready.
    package var servingAgent: WorkerID? { agent?.serving.first?.id }

    /// The agent, if it is there to be spoken to.
    package var presentAgent: WorkerID? { servingAgent ?? agent?.risingWorkers.first }
}
