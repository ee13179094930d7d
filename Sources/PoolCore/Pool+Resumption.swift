// Another master has taken the pool over: what the one before had in its head alone is made good.
// Invariant: nothing is started, ended or given up because of it. Work that was under way goes on,
// and nobody is called late for the time in which nobody listened.

extension Pool {
    mutating func resume(_ resumption: Resumption, watchdogInterval: Duration?) {
        forgetRequests()
        for index in workers.indices { workers[index].resume(after: resumption.gap, at: clock) }
        watchdog = Watchdog(watchdogInterval, due: clock)
        promise = nil
        statusText = ""
        effects.append(.record(.masterReplaced(resumption)))
        effects += introduction.map(Effect.notify)
        readAgain()
    }

    /// The pool has ended, and the master before died of it or with it: the end is told once more.
    func resumeAfterEnd(_ resumption: Resumption, _ outcome: Outcome) -> [Effect] {
        let words = introduction + [.status(statusLine)]
        return [.record(.masterReplaced(resumption))] + words.map(Effect.notify)
            + [.finish(outcome)]
    }

    /// Whoever waited is gone with the connection, and its number will be given anew. What was asked
    /// for stays wanted.
    private mutating func forgetRequests() {
        rollout?.requests = []
        if pendingReload != nil { pendingReload = [] }
        for index in orders.indices { orders[index].request = nil }
    }

    /// For a service manager that has heard nothing of this master. After an execution it has, and
    /// the same words change nothing: what was said last stands.
    private var introduction: [ServiceState] {
        let greeting: [ServiceState] = hasServed ? [.ready] : []
        switch phase {
        case .idle, .rising: return []
        case .serving: return greeting + (rollout == nil ? [] : [.reloading])
        case .stopping, .ended: return greeting + [.stopping]
        }
    }

    /// The answer to the first question may be lost. A second one is harmless: the configuration is
    /// taken over once.
    private mutating func readAgain() {
        guard let rollout, rollout.stage == .reading else { return }
        effects.append(.readConfiguration(rollout.target))
    }
}

extension Worker {
    /// For the limits of a state time has stood still; heartbeats are waited for anew, as none was
    /// written down. Ages, backoffs and the time of settling have gone on: the process lived.
    fileprivate mutating func resume(after gap: Duration, at now: Instant) {
        func later(_ until: Instant?) -> Instant? { until.map { $0 + max(gap, .zero) } }
        switch state {
        case .launching(let until): state = .launching(until: later(until))
        case .starting(let until): state = .starting(until: later(until))
        case .ready: heard(at: now)
        case .disconnecting(let until): state = .disconnecting(until: later(until))
        case .stopping(let until): state = .stopping(until: later(until))
        case .ending(let until): state = .ending(until: later(until))
        case .killed: break
        }
    }
}
