// The pool and its agent as people and programs see them.

extension Company {
    package func status(at now: Instant) -> PoolStatus {
        var status = workers.status(at: now)
        status.agent = agent?.status(at: now).workers.last
        status.agent?.slot = .ofAgent
        status.status = statusLine
        if agent != nil, case .ended = workers.phase { status.state = "stopping" }
        return status
    }

    /// As `Pool.statusLine`, and what is to be said of the agent.
    package var statusLine: String {
        if case .ended(let end) = workers.phase {
            return agent == nil ? (outcome ?? end).sentence : "stopping: agent draining"
        }
        return workers.statusLine + (agentWord.map { "; agent \($0)" } ?? "")
    }

    /// `nil` while it is there.
    private var agentWord: String? {
        guard let agent, agent.serving.isEmpty else { return nil }
        if let worker = agent.workers.last { return worker.isRising ? "starting" : "draining" }
        switch agent.seats.first?.pause {
        case .startLimit: return "resting"
        case .finished: return "finished"
        case .backoff, nil: return "waiting"
        }
    }
}
