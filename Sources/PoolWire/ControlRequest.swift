// What the master is asked for over the control socket.

package enum ControlRequest: Hashable, Sendable {
    /// Wants `ControlAnswer.report`.
    case status
    /// Wants `ControlAnswer.workers`: of one slot or all.
    case list(slot: Int?)
    /// Wants `ControlAnswer.configuration`.
    case configuration
    /// Wants `ControlAnswer.story`, of one slot or of all.
    case why(slot: Int?)
    /// Wants `ControlAnswer.metrics`.
    case metrics
    /// Wants a `PoolEvent` for each thing that happens, for as long as both are there.
    case subscribe
    /// Wants what `ReloadPatience` says; in any case the reload is to be done.
    case reload(ReloadPatience)
    /// Wants `ControlAnswer.scaled`.
    case scale(ScaleWish)
    /// Wants `ControlAnswer.accepted`.
    case steer(Steering)
    /// Wants `ControlAnswer.accepted`, when a fresh worker serves in the slot, or in each of them.
    case restart(slot: Int?)
    /// Wants `ControlAnswer.accepted`. The signal is as systemd.kill(5) names it.
    case kill(slot: Int, signal: String)
    /// Wants `ControlAnswer.sent`.
    case send(PoolMessage)
    /// Wants `ControlAnswer.accepted`, right before the master executes itself anew.
    case reexec
    /// Wants `ControlAnswer.accepted`: the next SIGTERM leaves the workers to the next master.
    case leave

    /// Whether it changes nothing, so that asking without wanting the answer is asking for nothing.
    package var isQuestion: Bool {
        switch self {
        case .status, .list, .configuration, .why, .metrics, .subscribe: true
        case .reload, .scale, .steer, .restart, .kill, .send, .reexec, .leave: false
        }
    }
}

/// What may be done to a rollout that is under way.
package enum Steering: String, Hashable, Sendable, CaseIterable {
    /// Open no further slot.
    case pause
    /// Go on.
    case resume
    /// Give it up and go back.
    case abort

    var method: String {
        switch self {
        case .pause: PoolInterface.pauseRollout
        case .resume: PoolInterface.resumeRollout
        case .abort: PoolInterface.abortRollout
        }
    }
}

/// What somebody who asks for a reload waits for.
package enum ReloadPatience: String, Hashable, Sendable, CaseIterable {
    /// `ControlAnswer.accepted`, before the reload has begun.
    case acceptance
    /// `ControlAnswer.reloaded` or a refusal, when the rollout has ended.
    case result
    /// The same, and the status line each time it changes.
    case progress
}
