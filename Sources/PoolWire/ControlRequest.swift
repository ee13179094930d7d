// What the master is asked for over the control socket.

package enum ControlRequest: Hashable, Sendable {
    /// Wants `ControlAnswer.report`.
    case status
    /// Wants what `ReloadPatience` says; in any case the reload is to be done.
    case reload(ReloadPatience)
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
