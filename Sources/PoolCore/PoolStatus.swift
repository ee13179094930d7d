// The pool as people and programs see it.

/// A snapshot of a pool. Times are seconds before or after the moment it was taken.
package struct PoolStatus: Codable, Sendable {
    /// `starting`, `serving`, `reloading`, `stopping` or `ended`.
    package var state: String
    /// The generation that is rolled out, or being rolled out.
    package var generation: GenerationNumber
    package var wanted: Int
    /// Workers beyond that which stand by.
    package var spare: Int
    /// Slots with a worker that serves.
    package var ready: Int
    /// The line that systemctl(1) shows.
    package var status: String
    /// Why the last reload failed, if it did.
    package var lastFailure: String?
    package var rollout: RolloutStatus?
    package var workers: [WorkerStatus]
    /// Its slot is `Slot.ofAgent`; `nil` without one.
    package var agent: WorkerStatus?
}

/// A rollout under way.
package struct RolloutStatus: Codable, Sendable {
    package var from: GenerationNumber
    package var to: GenerationNumber
    /// `reading`, `forward` or `back`.
    package var stage: String
    /// Whether it was told to wait.
    package var isPaused: Bool
    /// Slots that run the new generation.
    package var replaced: Int
    /// Slots that are being emptied before their new worker is started.
    package var clearing: [Slot]
    package var rising: [Slot]
    package var waiting: [Slot]
    package var secondsUnderWay: Double
}

/// One worker, or a slot without one.
package struct WorkerStatus: Codable, Sendable {
    package var slot: Slot
    package var incarnation: UInt64?
    package var generation: GenerationNumber
    /// `launching`, `starting`, `ready`, `disconnecting`, `stopping`, `ending`, `killed`; without a
    /// worker `waiting`, `resting` or `finished`.
    package var state: String
    /// `incumbent`, `candidate` or `leaver`; `nil` without a worker.
    package var role: Worker.Role?
    package var uptimeSeconds: Double?
    /// When the slot gets its next worker, if it waits for that.
    package var nextStartSeconds: Double?
    /// Workers started in this slot because the one before had ended by itself.
    package var restarts: Int
    package var lastReason: String
    /// Why the next start is not at once, and when it will be.
    package var delay: String?
    /// Bytes of its own when it was last measured; only with `RecycleMemory=`.
    package var ownMemory: UInt64?
    /// What the worker said of itself.
    package var statusText: String?
    /// Since its last heartbeat; only with a watchdog.
    package var heartbeatSeconds: Double?
}

extension Pool {
    package func status(at now: Instant) -> PoolStatus {
        let present = workers.map { status(of: $0, at: now) }
        let empty = seats.filter { seat in
            !workers.contains { $0.id.slot == seat.slot && $0.role != .leaver }
        }
        let rows = present + empty.map { status(of: $0, at: now) }
        return PoolStatus(
            state: stateName, generation: shownGeneration, wanted: wanted,
            spare: policy(of: settled).spare, ready: readySlots,
            status: statusLine, lastFailure: lastFailure, rollout: rolloutStatus(at: now),
            workers: rows.sorted { ($0.slot, $0.incarnation ?? 0) < ($1.slot, $1.incarnation ?? 0) }
        )
    }

    private var stateName: String {
        switch phase {
        case .idle, .rising: "starting"
        case .serving: rollout == nil ? "serving" : "reloading"
        case .stopping: "stopping"
        case .ended: "ended"
        }
    }

    var shownGeneration: GenerationNumber {
        guard let rollout, rollout.isForward else { return settled }
        return rollout.target
    }

    private func rolloutStatus(at now: Instant) -> RolloutStatus? {
        guard let rollout else { return nil }
        let stage =
            switch rollout.stage {
            case .reading: "reading"
            case .forward: "forward"
            case .back: "back"
            }
        let replaced = workers.filter { $0.role == .incumbent && $0.generation == rollout.target }
        return RolloutStatus(
            from: rollout.previous, to: rollout.target, stage: stage, isPaused: rollout.isPaused,
            replaced: replaced.count, clearing: rollout.clearing, rising: rollout.rising,
            waiting: rollout.waiting,
            secondsUnderWay: seconds(from: rollout.startedAt, to: now))
    }

    private func status(of worker: Worker, at now: Instant) -> WorkerStatus {
        let seat = worker.id.slot < seats.count ? seats[worker.id.slot] : nil
        return WorkerStatus(
            slot: worker.id.slot, incarnation: worker.id.incarnation,
            generation: worker.generation, state: worker.state.name, role: worker.role,
            uptimeSeconds: seconds(from: worker.launchedAt, to: now),
            restarts: seat?.restarts ?? 0, lastReason: seat?.lastReason ?? "the slot is closed",
            ownMemory: worker.memory, statusText: worker.statusText,
            heartbeatSeconds: silence(of: worker, at: now))
    }

    private func silence(of worker: Worker, at now: Instant) -> Double? {
        guard case .ready(let overdue?) = worker.state, let interval = worker.watchdogInterval
        else { return nil }
        return seconds(from: overdue + interval * -1, to: now)
    }

    private func status(of seat: Seat, at now: Instant) -> WorkerStatus {
        let state =
            switch seat.pause {
            case .backoff, nil: "waiting"
            case .startLimit: "resting"
            case .finished: "finished"
            }
        return WorkerStatus(
            slot: seat.slot, generation: seat.generation, state: state,
            nextStartSeconds: nextStart(of: seat).map { seconds(from: now, to: $0) },
            restarts: seat.restarts, lastReason: seat.lastReason, delay: delay(of: seat, at: now))
    }

    private func nextStart(of seat: Seat) -> Instant? {
        seat.pause?.end.map { max($0, paceOpens) }
    }

    /// `3rd end in a row in 8 s, next start in 1.6 s`
    private func delay(of seat: Seat, at now: Instant) -> String? {
        guard let start = nextStart(of: seat), seat.ends > 0 else { return nil }
        let within = seat.endsSince.map { " in \((now - $0).spoken)" } ?? ""
        let wait = start > now ? "next start in \((start - now).spoken)" : "next start now"
        return "\(seat.ends.ordinal) end in a row\(seat.ends > 1 ? within : ""), \(wait)"
    }

    private func seconds(from start: Instant, to end: Instant) -> Double {
        Double(max(0, (end - start).saturatingNanoseconds)) / 1e9
    }

    /// `gen 3: 2/4 ready, 1 draining`, and why the last reload failed if it did.
    package var statusLine: String {
        if case .ended(let outcome) = phase { return outcome.sentence }
        let (ready, wanted) = (shownReady, shownWanted)
        var line = "gen \(shownGeneration): \(min(ready, wanted))/\(wanted) ready"
        let details = [
            (max(0, ready - wanted), "spare"),
            (workers.count(where: \.isRising), "starting"),
            (workers.count(where: \.isLeaving), "draining"),
            (seats.count { if case .backoff = $0.pause { true } else { false } }, "waiting"),
            (seats.count { if case .startLimit = $0.pause { true } else { false } }, "resting"),
            (seats.count(where: \.isFinished), "finished"),
        ]
        for (count, word) in details where count > 0 { line += ", \(count) \(word)" }
        if let rollout, rollout.isForward {
            let old = serving.filter { $0.generation != rollout.target }.count
            if old > 0 {
                line += "; \(old) of gen \(rollout.previous) \(old == 1 ? "serves" : "serve")"
            }
            if rollout.isPaused { line += "; paused" }
        }
        if case .stopping = phase { line = "stopping: \(workers.count) draining" }
        if let lastFailure, rollout?.isForward != true { line += "; \(lastFailure)" }
        return line
    }

    /// While a rollout goes forward, the ready workers of the new generation.
    private var shownReady: Int {
        guard let rollout, rollout.isForward else { return readySlots }
        return slots { $0.isServing && $0.generation == rollout.target }
    }

    private var shownWanted: Int {
        policy(of: shownGeneration).workers
    }
}

extension Worker.State {
    package var name: String {
        switch self {
        case .launching: "launching"
        case .starting: "starting"
        case .ready: "ready"
        case .disconnecting: "disconnecting"
        case .stopping: "stopping"
        case .ending: "ending"
        case .killed: "killed"
        }
    }
}
