// How a worker was lost, and what `Restart=` makes of it: the table of systemd.service(5).

/// The end of a worker that nobody had asked to go.
package enum End: Hashable, Codable, Sendable, CustomStringConvertible {
    case exited(ExitStatus)
    case notLaunched(LaunchFailure)
    /// Not ready within `TimeoutStartSec=`.
    case startTimeout(Duration)
    /// Silent for longer than `WatchdogSec=`.
    case watchdog(Duration)
    /// It sent WATCHDOG=trigger.
    case trouble
    /// It sent STOPPING=1.
    case announced
    /// What it wrote on its channel was not the protocol.
    case broken(String)

    package var description: String {
        switch self {
        case .exited(let status): status.description
        case .notLaunched(let failure): "could not be started: \(failure)"
        case .startTimeout(let limit): "was not ready within \(limit.spoken)"
        case .watchdog(let interval): "sent no heartbeat for \(interval.spoken)"
        case .trouble: "reported trouble (WATCHDOG=trigger)"
        case .announced: "said that it is stopping"
        case .broken(let how): how
        }
    }

    /// Whether this end was a success in the sense of `SuccessExitStatus=`.
    package func isClean(_ policy: WorkerPolicy) -> Bool {
        switch self {
        case .exited(let status): status.isClean(policy.successExitStatus)
        case .announced: true
        case .notLaunched, .startTimeout, .watchdog, .trouble, .broken: false
        }
    }

    /// Whether the slot should have a worker again.
    package func shouldRestart(_ policy: WorkerPolicy) -> Bool {
        if case .notLaunched(.refused) = self { return true }  // It never ran: the wish stands.
        if case .exited(let status) = self, policy.restartPreventExitStatus.contains(status) {
            return false
        }
        switch policy.restart {
        case .always: return true
        case .no: return false
        case .onSuccess: return isClean(policy)
        case .onFailure: return !isClean(policy)
        case .onAbnormal: return !isClean(policy) && !isExitCode
        case .onAbort: return !isClean(policy) && isSignal
        case .onWatchdog: return isWatchdog
        }
    }

    private var isExitCode: Bool {
        switch self {
        case .exited(.exited), .notLaunched(.notExecuted): true
        default: false
        }
    }

    private var isSignal: Bool {
        if case .exited(.signaled) = self { return true }
        return false
    }

    private var isWatchdog: Bool {
        switch self {
        case .watchdog, .trouble: true
        default: false
        }
    }
}
