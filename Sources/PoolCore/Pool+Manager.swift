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
        let fault = serving.isEmpty ? "no worker is ready" : violations.first
        if fault == nil {
            effects.append(.notify(.heartbeat))
            beating.due = clock + beating.period
        } else if let fault, !beating.isWithheld {
            effects.append(.record(.watchdogWithheld(fault)))
        }
        beating.isWithheld = fault != nil
        watchdog = beating
    }

    // MARK: Timeouts of the unit

    /// Added to what workers may take, for the master's own part of the work.
    private var margin: Duration { .seconds(5) }
    /// What is promised while a worker has no limit, again and again.
    private var horizon: Duration { .seconds(90) }

    /// The workers that the service manager, in effect, waits for.
    private var awaited: [Worker] {
        switch phase {
        case .rising: workers.filter { !$0.isReady }
        case .serving: rollout.map(awaitedBy) ?? []
        case .stopping: workers
        case .idle, .ended: []
        }
    }

    private func awaitedBy(_ rollout: Rollout) -> [Worker] {
        switch rollout.stage {
        case .reading: return []
        case .forward:
            return candidates
                + workers.filter { rollout.clearing.contains($0.id.slot) && $0.role == .leaver }
        case .back:
            return workers.filter {
                !$0.isReady && ($0.role != .leaver || $0.generation == rollout.target)
            }
        }
    }

    /// By when that waiting will be over; `nil` if there is none.
    private var honestEnd: Instant? {
        let pauses = phase == .rising ? seats.compactMap(endOfPause) : []
        let hold = isHeld ? [clock + horizon] : []
        // What is late already waits for the deadline's event.
        return (awaited.map(honestEnd) + pauses + hold).max().map { max($0, clock) }
    }

    /// The same of those alone whose time is limited.
    private var limitedEnd: Instant? {
        awaited.filter { $0.isReady || $0.deadline != nil }.map(honestEnd).max()
    }

    private func honestEnd(of worker: Worker) -> Instant {
        let settle = rollout.map { policy(of: $0.target).rolloutSettle } ?? .zero
        if let readyAt = worker.readyAt, worker.isReady { return readyAt + settle }
        if worker.state == .killed { return clock }
        let end = worker.deadline ?? clock + horizon
        return worker.isRising ? end + settle : end
    }

    private func endOfPause(_ seat: Seat) -> Instant? {
        seat.pause?.end.map {
            max($0, paceOpens) + (policy(of: seat.generation).worker.startTimeout ?? horizon)
        }
    }

    /// Asks the service manager for more time when the promised one will not do. It only ever
    /// lengthens its own timeout, so that a promise within that changes nothing.
    private mutating func extendPromise() {
        guard let end = honestEnd.map({ $0 + margin }) else {
            promise = nil
            return
        }
        // What has no limit is promised anew long before the promise runs out; what has one is
        // covered at any time.
        let patience: Duration = awaitsWithoutLimit ? .seconds(40) : .seconds(1)
        if let promise, end - promise < patience, limitedEnd.map({ $0 <= promise }) ?? true {
            return
        }
        promise = end
        effects.append(.notify(.extendTimeout(end - clock)))
    }

    private var awaitsWithoutLimit: Bool {
        isHeld || awaited.contains { $0.deadline == nil && !$0.isReady && $0.state != .killed }
    }

    /// Whether people are waited for.
    private var isHeld: Bool { rollout?.isPaused ?? false }

    /// When a promise for work without a limit has to be renewed: well before it runs out.
    var promiseDeadline: Instant? {
        guard awaitsWithoutLimit, let promise else { return nil }
        return promise + .seconds(-50)
    }
}
