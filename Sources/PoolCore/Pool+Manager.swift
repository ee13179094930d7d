// What the service manager hears: a status line, heartbeats that mean something, honest deadlines.

extension Pool {
    mutating func reportToManager() {
        extendPromise()
        reportStatus()
        beat()
    }

    private mutating func reportStatus() {
        let text = statusLine
        guard text != statusText else { return }
        statusText = text
        effects.append(.notify(.status(text)))
    }

    // MARK: Watchdog

    /// When a heartbeat is due; `nil` when there is none to send or none is deserved.
    var watchdogDeadline: Instant? {
        guard let watchdog, phase == .serving, !watchdog.isWithheld else { return nil }
        return watchdog.due
    }

    /// A heartbeat says: this turn was completed, the state is consistent, and a worker serves.
    private mutating func beat() {
        guard var beating = watchdog, phase == .serving, beating.due <= clock else { return }
        let deserved = !serving.isEmpty && isConsistent
        if deserved {
            effects.append(.notify(.heartbeat))
            beating.due = clock + beating.period
        } else if !beating.isWithheld {
            effects.append(.record(.watchdogWithheld))
        }
        beating.isWithheld = !deserved
        watchdog = beating
    }

    // MARK: Timeouts of the unit

    /// Added to what workers may take, for the master's own part of the work.
    private var margin: Duration { .seconds(5) }
    /// What is promised while a worker has no limit, again and again.
    private var horizon: Duration { .seconds(90) }

    /// By when the work that the service manager waits for will be over; `nil` if there is none.
    private var honestEnd: Instant? {
        switch phase {
        case .rising: latest(workers, andSeats: seats)
        case .serving: rollout.flatMap(rolloutEnd)
        case .stopping: latest(workers, andSeats: [])
        case .idle, .ended: nil
        }
    }

    private func rolloutEnd(_ rollout: Rollout) -> Instant? {
        guard rollout.stage != .reading else { return nil }
        let concerned = workers.filter {
            $0.role == .candidate || $0.generation == rollout.target
        }
        let settle = policy(of: rollout.target).rolloutSettle
        return latest(concerned.filter { !($0.isReady && $0.role != .candidate) }, andSeats: [])
            .map { $0 + settle }
    }

    private func latest(_ workers: [Worker], andSeats seats: [Seat]) -> Instant? {
        let limits = workers.map { worker -> Instant in
            worker.isReady ? clock : worker.deadline ?? clock + horizon
        }
        let pauses = seats.compactMap { seat in
            seat.pause?.end.map { $0 + (policy(of: seat.generation).worker.startTimeout ?? horizon) }
        }
        return (limits + pauses).max()
    }

    /// Asks the service manager for more time when the promised one will not do. It only ever
    /// lengthens its own timeout, so that a promise within that changes nothing.
    private mutating func extendPromise() {
        guard let end = honestEnd.map({ $0 + margin }) else { return promise = nil }
        if let promise, end - promise < (hasLimitlessWork ? .seconds(40) : .seconds(1)) { return }
        promise = end
        effects.append(.notify(.extendTimeout(end - clock)))
    }

    private var hasLimitlessWork: Bool {
        honestEnd != nil && workers.contains { $0.deadline == nil && !$0.isReady }
    }

    /// When a promise for work without a limit has to be renewed.
    var promiseDeadline: Instant? {
        guard hasLimitlessWork, let promise else { return nil }
        return promise + .seconds(-50)
    }
}
