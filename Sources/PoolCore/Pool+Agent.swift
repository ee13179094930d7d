// A pool of one whose worker is the agent of another pool.
// Invariant: there are never two processes of it, not even while one follows on the other.

extension Pool {
    /// - Parameters:
    ///   - policy: what `PoolPolicy.agent` makes.
    ///   - number: the generation that it begins with.
    ///   - incarnations: those that were given to agents before.
    init(
        agent policy: PoolPolicy, of number: GenerationNumber, after incarnations: UInt64,
        seed: UInt64
    ) {
        self.seed = seed
        isAgent = true
        generations = [Generation(number: number, policy: policy)]
        settled = number
        lastNumber = number
        lastIncarnation = incarnations
    }

    /// Begins a rollout that ends well only when `isHeldOpen` is taken back.
    mutating func beginReplacement(_ policy: PoolPolicy, of number: GenerationNumber) {
        var rollout = Rollout(
            target: number, previous: settled, stage: .reading, requests: [], startedAt: clock)
        rollout.isHeldOpen = true
        self.rollout = rollout
        beginRollout(policy)
    }

    /// What people are to call the worker of a slot.
    func name(of slot: Slot) -> String { isAgent ? "the agent" : "worker \(slot)" }

    /// Whether nobody can be launched here before somebody has gone.
    func isBarred(_ slot: Slot) -> Bool {
        isAgent && workers.contains { $0.id.slot == slot && $0.role == .leaver }
    }

    /// The agent goes first; who follows on it is launched when it is gone.
    mutating func makeWay(_ incumbent: Worker, because reason: Record.StartReason) {
        seats[incumbent.id.slot].opening = reason
        seats[incumbent.id.slot].lastEnd = nil
        retire(incumbent.id, because: reason == .rollback ? .rolloutFailed : .makesRoom)
    }
}

extension PoolPolicy {
    /// One worker that is replaced in place, and not at once.
    ///
    /// - Parameter whole: the rules of the pool that it is the agent of.
    static func agent(_ rules: WorkerPolicy, _ whole: PoolPolicy) -> PoolPolicy {
        var rules = rules
        rules.isReplacedAtOnce = false
        return PoolPolicy(
            workers: 1, rolloutSurge: 0, rolloutMaxUnready: 1, rolloutSettle: whole.rolloutSettle,
            worker: rules)
    }
}
