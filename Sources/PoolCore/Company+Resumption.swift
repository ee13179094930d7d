// Another master has taken both machines over.
// Invariant: the service manager hears one story, that of the whole: READY=1 comes of the workers.

extension Company {
    /// The workers' machine speaks first, as the agent's has only promises to add.
    mutating func resume(_ resumption: Resumption, watchdogInterval: Duration?, at now: Instant) {
        statusText = ""
        tellWorkers(.resumed(resumption, watchdogInterval: watchdogInterval), at: now)
        tellAgent(.resumed(resumption, watchdogInterval: nil), at: now)
    }
}
