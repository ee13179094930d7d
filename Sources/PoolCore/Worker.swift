// The worker as the core sees it: a role in its slot and a state of its process.
// Invariant: a leaver is disconnecting, stopping, ending or killed; an incumbent or a candidate is
// none of these.

/// One launch of one worker, from the wish to launch it until it is reaped.
package struct Worker: Codable, Sendable {
    package let id: WorkerID
    package let generation: GenerationNumber
    package internal(set) var role: Role
    package internal(set) var state: State
    package let launchedAt: Instant
    package internal(set) var readyAt: Instant?
    /// When it has served its time and is to be replaced; `nil` for never.
    package internal(set) var expiresAt: Instant?
    /// Measurements in a row that found it above `RecycleMemory=`, and the latest, in bytes.
    package internal(set) var heavySamples = 0
    package internal(set) var memory: UInt64?
    /// Since when it is a leaver.
    package internal(set) var leavingSince: Instant?
    /// `nil` when it need not send heartbeats.
    package internal(set) var watchdogInterval: Duration?
    /// What it last said of itself (STATUS=).
    package internal(set) var statusText: String?

    /// What the worker is to its slot.
    package enum Role: String, Codable, Sendable {
        /// It is the slot's worker. Can become: leaver, when it is retired or lost.
        case incumbent
        /// It rises beside the incumbent to replace it. Can become: incumbent, once ready and
        /// settled; leaver, when it fails or the rollout does.
        case candidate
        /// It is on its way out and counts for nothing but its reaping.
        case leaver
    }

    /// Where its process is. A `nil` time means that there is no limit.
    package enum State: Hashable, Codable, Sendable {
        /// The launch is wished for; exec has not been reported yet.
        /// Can become: starting or ready, when exec succeeds; stopping, when time is up or it is
        /// not wanted any more.
        case launching(until: Instant?)
        /// Its program runs and has not said READY=1 (`Type=notify` only).
        /// Can become: ready, when it says so; stopping, as above.
        case starting(until: Instant?)
        /// It serves. The time is when its next heartbeat is overdue.
        /// Can become: stopping, when retired, silent or leaving by itself.
        case ready(until: Instant?)
        /// It was asked through its channel to leave, and may finish.
        /// Can become: stopping, when time is up or the channel is closed; killed, when nobody
        /// waits any more.
        case disconnecting(until: Instant?)
        /// It was sent `KillSignal` or `WatchdogSignal`, or has said STOPPING=1, and may finish.
        /// Can become: ending or killed, when time is up.
        case stopping(until: Instant?)
        /// It was sent a `FinalKillSignal` other than SIGKILL. Can become: killed, when time is up.
        case ending(until: Instant?)
        /// SIGKILL is out to it and all its descendants; only its exit is left to come.
        case killed
    }

    package var isReady: Bool {
        if case .ready = state { return true }
        return false
    }

    /// Ready, and not on its way out.
    var isServing: Bool { isReady && role != .leaver }

    /// Whether it is still on its way to be ready.
    package var isRising: Bool {
        switch state {
        case .launching, .starting: true
        case .ready, .disconnecting, .stopping, .ending, .killed: false
        }
    }

    package var isLeaving: Bool {
        switch state {
        case .disconnecting, .stopping, .ending, .killed: true
        case .launching, .starting, .ready: false
        }
    }

    /// When the core must act on it if nothing else happens.
    var deadline: Instant? {
        switch state {
        case .launching(let until), .starting(let until), .ready(let until),
            .disconnecting(let until), .stopping(let until), .ending(let until):
            until
        case .killed: nil
        }
    }

    /// Arms the watchdog anew, from `now`.
    mutating func heard(at now: Instant) {
        guard isReady else { return }
        state = .ready(until: watchdogInterval.map { now + $0 })
    }

    /// The most that one EXTEND_TIMEOUT_USEC= gives. sd_notify(3) wants it repeated anyway, and
    /// without a bound one message could hold up a stop or a rollout for ever.
    package static let longestExtension = Duration.seconds(3_600)

    /// EXTEND_TIMEOUT_USEC=: it asks for that much time from now; it can't shorten what it has.
    mutating func extend(by duration: Duration, at now: Instant) {
        let granted = min(duration, Self.longestExtension)
        func later(_ until: Instant?) -> Instant? { until.map { max($0, now + granted) } }
        switch state {
        case .launching(let until): state = .launching(until: later(until))
        case .starting(let until): state = .starting(until: later(until))
        case .disconnecting(let until): state = .disconnecting(until: later(until))
        case .stopping(let until): state = .stopping(until: later(until))
        case .ready, .ending, .killed: break
        }
    }
}
