// One worker's life: launched, ready, asked to go, killed, reaped.

extension Pool {
    mutating func launch(
        _ slot: Slot, as role: Worker.Role, of number: GenerationNumber,
        because reason: Record.StartReason
    ) {
        lastIncarnation += 1
        let id = WorkerID(slot: slot, incarnation: lastIncarnation)
        let policy = policy(of: number).worker
        workers.append(
            Worker(
                id: id, generation: number, role: role,
                state: .launching(until: policy.startTimeout.map { clock + $0 }),
                launchedAt: clock, watchdogInterval: policy.watchdogInterval))
        if !reason.isRoutine { seats[slot].began(at: clock, burst: policy.startLimitBurst) }
        seats[slot].lastReason = "started: \(reason)"
        if case .replacement = reason { seats[slot].restarts += 1 }
        if reason.isPaced { pace.draw(at: clock) }
        effects.append(.launch(id, number))
        effects.append(.record(.workerStarted(id, number, reason)))
    }

    mutating func launched(_ id: WorkerID) {
        guard let index = index(of: id), case .launching(let until) = workers[index].state else {
            return
        }
        switch policy(of: workers[index].generation).worker.readiness {
        case .notify: workers[index].state = .starting(until: until)
        case .exec: becomeReady(index)
        }
    }

    private mutating func becomeReady(_ index: Int) {
        let worker = workers[index]
        workers[index].readyAt = clock
        workers[index].expiresAt = expiry(of: worker)
        workers[index].state = .ready(until: worker.watchdogInterval.map { clock + $0 })
        effects.append(
            .record(
                .workerReady(worker.id, worker.generation, after: clock - worker.launchedAt)))
    }

    mutating func launchFailed(_ id: WorkerID, _ failure: LaunchFailure) {
        guard let index = index(of: id) else { return }
        let worker = workers.remove(at: index)
        // One that was told to go has had its end already.
        effects.append(
            .record(
                worker.role == .leaver
                    ? .workerGone(id, worker.generation, .unknown)
                    : .workerNeverReady(id, worker.generation, .notLaunched(failure))))
        effects.append(.forget(id))
        lose(worker, .notLaunched(failure))
    }

    mutating func exited(_ id: WorkerID, _ status: ExitStatus) {
        guard let index = index(of: id) else { return }
        let worker = workers.remove(at: index)
        effects.append(.record(exitRecord(worker, status)))
        effects.append(.forget(id))
        lose(worker, .exited(status))
    }

    private func exitRecord(_ worker: Worker, _ status: ExitStatus) -> Record {
        if worker.role == .leaver { return .workerGone(worker.id, worker.generation, status) }
        if worker.isReady { return .workerExited(worker.id, worker.generation, status) }
        return .workerNeverReady(worker.id, worker.generation, .exited(status))
    }

    mutating func noticed(_ id: WorkerID, _ notice: Notice) {
        guard let index = index(of: id) else { return }
        switch notice {
        case .ready:
            if workers[index].isRising { becomeReady(index) }
        case .heartbeat:
            workers[index].heard(at: clock)
        case .watchdogInterval(let interval):
            workers[index].watchdogInterval = interval > .zero ? interval : nil
            workers[index].heard(at: clock)
        case .extendTimeout(let duration):
            workers[index].extend(by: duration, at: clock)
        case .status(let text):
            workers[index].statusText = text.isEmpty ? nil : text
        case .trouble:
            if workers[index].role != .leaver { abandon(index, .trouble) }
        case .stopping:
            if workers[index].role != .leaver { letGo(index) }
        case .broken(let how):
            if workers[index].role != .leaver { abandon(index, .broken(how)) }
        }
    }

    /// The worker hangs, and gets its `WatchdogSignal`, or talks nonsense, and gets its `KillSignal`;
    /// the slot does not wait for its end.
    mutating func abandon(_ index: Int, _ end: End) {
        let worker = workers[index]
        let policy = policy(of: worker.generation).worker
        effects.append(.record(.workerUnresponsive(worker.id, worker.generation, end)))
        if case .broken = end {
            becomeLeaver(index, with: policy.killSignal)
        } else {
            becomeLeaver(index, with: policy.watchdogSignal)
        }
        lose(worker, end)
    }

    /// The worker leaves by itself: it gets `TimeoutStopSec` to be gone.
    private mutating func letGo(_ index: Int) {
        let worker = workers[index]
        effects.append(.record(.workerLeaving(worker.id, worker.generation)))
        becomeLeaver(index, with: nil)
        lose(worker, .announced)
    }

    /// The worker took too long to get ready.
    mutating func giveUpOnStart(_ index: Int) {
        let worker = workers[index]
        let end = End.startTimeout(clock - worker.launchedAt)
        effects.append(.record(.workerNeverReady(worker.id, worker.generation, end)))
        askToGo(index)
        lose(worker, end)
        // A second attempt would keep whoever waits for the start just as long.
        if phase == .rising { failStart("\(name(of: worker.id.slot)) \(end)") }
    }

    /// The worker is not wanted any more, and has `TimeoutStopSec` to finish its work.
    mutating func retire(_ id: WorkerID, because reason: Record.RetireReason) {
        guard let index = index(of: id), workers[index].role != .leaver else { return }
        let worker = workers[index]
        effects.append(.record(.workerRetired(id, worker.generation, reason)))
        askToGo(index)
    }

    /// The first rung of the ladder.
    private mutating func askToGo(_ index: Int) {
        let policy = policy(of: workers[index].generation).worker
        becomeLeaver(index, with: policy.disconnects ? nil : policy.killSignal)
        guard policy.disconnects else { return }
        workers[index].state = .disconnecting(until: policy.stopTimeout.map { clock + $0 })
        effects.append(.disconnect(workers[index].id))
    }

    /// It can't be asked through its channel.
    mutating func unreachable(_ id: WorkerID) {
        guard let index = index(of: id), case .disconnecting = workers[index].state else { return }
        press(index, because: .unreachable)
    }

    private mutating func becomeLeaver(_ index: Int, with signal: Signal?) {
        let policy = policy(of: workers[index].generation).worker
        workers[index].role = .leaver
        workers[index].leavingSince = clock
        workers[index].state = .stopping(until: policy.stopTimeout.map { clock + $0 })
        if let signal { effects.append(.signal(workers[index].id, signal)) }
    }

    /// The worker did not go when it was asked: the next rung of the ladder.
    mutating func press(_ index: Int, because reason: Record.KillReason) {
        let policy = policy(of: workers[index].generation).worker
        let until = policy.stopTimeout.map { clock + $0 }
        switch workers[index].state {
        case .disconnecting:
            workers[index].state = .stopping(until: until)
            signal(index, policy.killSignal, because: reason)
        case .stopping where policy.finalKillSignal != .kill:
            workers[index].state = .ending(until: until)
            signal(index, policy.finalKillSignal, because: reason)
        default: kill(index, because: reason)
        }
    }

    private mutating func signal(
        _ index: Int, _ signal: Signal, because reason: Record.KillReason
    ) {
        effects.append(.signal(workers[index].id, signal))
        recordKill(workers[index], signal, reason)
    }

    func timeLeaving(_ worker: Worker) -> Duration {
        worker.leavingSince.map { clock - $0 } ?? .zero
    }

    mutating func kill(_ index: Int, because reason: Record.KillReason) {
        let worker = workers[index]
        workers[index].state = .killed
        effects.append(.kill(worker.id))
        recordKill(worker, .kill, reason)
    }

    private mutating func recordKill(
        _ worker: Worker, _ signal: Signal, _ reason: Record.KillReason
    ) {
        effects.append(.record(.workerKilled(worker.id, worker.generation, signal, reason)))
    }

    /// Nobody had asked this worker to go, and now it is gone or going.
    private mutating func lose(_ worker: Worker, _ end: End) {
        guard worker.role != .leaver, worker.id.slot < seats.count else { return }
        failRestarts(of: worker, end)
        seats[worker.id.slot].lastReason =
            worker.role == .incumbent
            ? end.description : "a candidate of generation \(worker.generation) \(end)"
        switch worker.role {
        case .incumbent: loseIncumbent(worker, end)
        case .candidate: loseCandidate(worker, end)
        case .leaver: break
        }
    }
}
