// Everything the core may wish for. The edge carries the wishes out, in order, and decides nothing.

/// What the core asks the edge to do.
package enum Effect: Hashable, Codable, Sendable {
    /// Start a worker of this generation; comes back as `launched` or `launchFailed`.
    case launch(WorkerID, GenerationNumber)
    /// Ask the worker through its channel to leave; comes back as `unreachable` if it has none that
    /// is open.
    case disconnect(WorkerID)
    /// Send a signal to the worker's main process.
    case signal(WorkerID, Signal)
    /// The same, because somebody asked for it; it says nothing about whether the worker is to go.
    case relay(WorkerID, Signal)
    /// SIGKILL to the worker and to all its descendants.
    case kill(WorkerID)
    /// The worker is gone: end what is left of its descendants and give up all that was held for it.
    case forget(WorkerID)
    /// Find out how much memory each of these has of its own; comes back as `memoryMeasured` for
    /// each that could be measured.
    case measureMemory([WorkerID])
    /// Read and validate the configuration anew, for this generation; comes back as
    /// `configurationRead` or `configurationRefused`.
    case readConfiguration(GenerationNumber)
    /// No worker of this generation exists or will: its command and environment can be dropped.
    case release(GenerationNumber)
    /// Tell the service manager.
    case notify(ServiceState)
    /// Write it to the journal.
    case record(Record)
    /// Give the verdict to whoever waits for it.
    case answer([RequestID], Verdict)
    /// Everything has ended: exit.
    case finish(Outcome)
}

/// What the service manager is told, as sd_notify(3) defines it.
package enum ServiceState: Hashable, Codable, Sendable {
    case ready
    case reloading
    case stopping
    case heartbeat
    case status(String)
    /// Measured from now.
    case extendTimeout(Duration)
}

/// What became of a request.
package enum Verdict: Hashable, Codable, Sendable {
    /// A rollout was paused, resumed or aborted as asked, a worker was replaced or got its signal.
    case done
    /// Every worker is of this generation now.
    case replaced(GenerationNumber)
    /// It was not done, or undone: the old workers serve on. The sentence says why.
    case refused(String)
}

/// How the pool ended.
package enum Outcome: String, Hashable, Codable, Sendable {
    /// It was asked to stop.
    case stopped
    /// Every worker ended cleanly and `Restart=` wants none of them back.
    case finished
    /// Every worker ended, not all cleanly, and `Restart=` wants none of them back.
    case failed
    /// The first generation never got ready.
    case neverReady
}
