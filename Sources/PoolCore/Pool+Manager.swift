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

    /// Whether the service manager, in effect, waits for this worker.
    private func isAwaited(_ worker: Worker) -> Bool {
        switch phase {
        case .rising: !worker.isReady
        case .serving: rollout.map { isAwaited(worker, by: $0) } ?? false
        case .stopping: true
        case .idle, .ended: false
        }
    }

    private func isAwaited(_ worker: Worker, by rollout: Rollout) -> Bool {
        switch rollout.stage {
        case .reading: false
        case .forward:
            worker.role == .candidate
                || worker.role == .leaver && rollout.clearing.contains(worker.id.slot)
        case .back:
            !worker.isReady && (worker.role != .leaver || worker.generation == rollout.target)
        }
    }

    /// By when that waiting will be over, and by when it will be for those alone whose time is
    /// limited; `nil` if there is none.
    private var honestEnds: (all: Instant?, limited: Instant?) {
        let settle = rollout.map { policy(of: $0.target).rolloutSettle } ?? .zero
        var ends: (all: Instant?, limited: Instant?)
        for worker in workers where isAwaited(worker) {
            let end = honestEnd(of: worker, settle)
            ends.all = max(ends.all ?? end, end)
            guard worker.isReady || worker.deadline != nil else { continue }
            ends.limited = max(ends.limited ?? end, end)
        }
        let pauses = phase == .rising ? seats.compactMap(endOfPause) : []
        let hold = isHeld ? [clock + horizon] : []
        // What is late already waits for the deadline's event.
        ends.all = (pauses + hold + [ends.all].compactMap { $0 }).max().map { max($0, clock) }
        return ends
    }

    private func honestEnd(of worker: Worker, _ settle: Duration) -> Instant {
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
        let ends = honestEnds
        guard let end = ends.all.map({ $0 + margin }) else {
            promise = nil
            return
        }
        // What has no limit is promised anew long before the promise runs out; what has one is
        // covered at any time.
        let patience: Duration = awaitsWithoutLimit ? .seconds(40) : .seconds(1)
        if let promise, end - promise < patience, ends.limited.map({ $0 <= promise }) ?? true {
            return
        }
        promise = end
        effects.append(.notify(.extendTimeout(end - clock)))
    }

    private var awaitsWithoutLimit: Bool {
        isHeld
            || workers.contains {
                $0.deadline == nil && !$0.isReady && $0.state != .killed && isAwaited($0)
            }
    }

    /// Whether people are waited for.
    private var isHeld: Bool { rollout?.isPaused ?? false }

    /// When a promise for work without a limit has to be renewed: well before it runs out.
    var promiseDeadline: Instant? {
        guard awaitsWithoutLimit, let promise else { return nil }
        return promise + .seconds(-50)
    }
}
