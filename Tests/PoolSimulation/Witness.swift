// A witness hears everything that the pool wishes for, keeps its own books, and compares.
// Invariant: it never asks the pool for what it can know by itself, so that a mistake in the pool's
// books is not repeated in these.

import PoolCore

/// What was promised to the service manager, to waiting people, to slots and to workers.
struct Witness {
    private(set) var faults: [String] = []

    private var clock = Instant(nanoseconds: .min)
    private var manager = Manager()
    private var slots: [Slot: Books] = [:]
    private var ladders: [WorkerID: Ladder] = [:]
    private var launched: Set<WorkerID> = []
    private var forgotten: Set<WorkerID> = []
    private var released: Set<GenerationNumber> = []
    private var pace = PaceBook()
    private var memory = MemoryBook()
    private var steering = SteeringBook()
    private var openRequests: Set<RequestID> = []
    /// The generation whose rollout is failing.
    private var failed: GenerationNumber?
    private var launchedThisTurn: Set<Slot> = []
    /// Whether this is a turn in which those who are late are given up.
    private var isJudgement = false

    /// What the service manager has heard.
    private struct Manager {
        var watchdogPeriod: Duration?
        var lastHeartbeat: Instant?
        var isReady = false
        var isReloading = false
        var isStopping = false
        var isOver = false
        var promise: Instant?
    }

    /// What happened in one slot since nothing was held against it.
    private struct Books {
        var starts: [Instant] = []
        var lastLoss: Instant?
        var generation: GenerationNumber?
    }

    /// How a worker is made to leave.
    private struct Ladder {
        var heard: Instant
        var since: Instant?
        /// When it was asked last, in whatever way.
        var rung: Instant?
        /// Until when its own EXTEND_TIMEOUT_USEC= may have given it.
        var extended = Instant(nanoseconds: .min)
        var signals = 0
        var lastSignal: Signal?
        var isKilled = false
    }

    init(watchdogInterval: Duration?) {
        manager.watchdogPeriod = watchdogInterval.map { $0 / 2 }
    }

    private mutating func check(_ holds: Bool, _ fault: @autoclosure () -> String) {
        if !holds { faults.append(fault()) }
    }

    // MARK: One turn

    mutating func hear(_ event: Event, at time: Instant) {
        clock = max(clock, time)
        launchedThisTurn = []
        isJudgement = false
        switch event {
        case .deadline: isJudgement = true
        case .reloadRequested(let request?): openRequests.insert(request)
        case .pauseRequested(let request), .resumeRequested(let request),
            .abortRequested(let request):
            openRequests.insert(request)
            steering.asked = request
        case .memoryMeasured(let id, let bytes): memory.measured(id, bytes)
        case .noticed(let id, .heartbeat), .noticed(let id, .watchdogInterval):
            ladders[id]?.heard = clock
        case .noticed(let id, .extendTimeout(let duration)):
            let until = clock + min(duration, Worker.longestExtension)
            let earlier = ladders[id]?.extended ?? until
            ladders[id]?.extended = max(earlier, until)
        default: break
        }
    }

    mutating func see(_ effect: Effect, before: Pool, after: Pool) {
        check(!manager.isOver, "\(effect) after the end")
        switch effect {
        case .launch(let id, let number): seeLaunch(id, number, after)
        case .signal(let id, let signal): seeSignal(id, signal)
        case .kill(let id): seeKill(id)
        case .forget(let id):
            check(forgotten.insert(id).inserted, "\(id) is forgotten twice")
            ladders[id] = nil
        case .measureMemory(let ids):
            faults += memory.asked(ids, at: clock, after)
        case .readConfiguration(let number):
            check(manager.isReloading, "a configuration is read outside of a reload")
            check(number > after.settled, "generation \(number) is read anew")
        case .release(let number):
            check(released.insert(number).inserted, "generation \(number) is released twice")
            check(number != after.settled, "the settled generation is released")
        case .notify(let state): seeNotification(state, after)
        case .record(let record): seeRecord(record, before: before, after: after)
        case .answer(let requests, let verdict):
            seeVerdict(requests, verdict, before: before, after: after)
        case .finish: seeFinish()
        }
    }

    /// After the last effect of a turn.
    mutating func endTurn(before: Pool, after pool: Pool) {
        checkPromotions(before: before, after: pool)
        checkPromise(pool)
        checkHeartbeat(pool)
        if isJudgement { checkPatience(pool) }
        checkSurge(pool)
        faults += steering.endTurn(before: before, after: pool, open: openRequests)
    }

    private mutating func seeFinish() {
        manager.isOver = true
        check(manager.isStopping, "the end comes without STOPPING=1")
        let open = openRequests.sorted()
        check(open.isEmpty, "requests \(open) got no verdict")
        let left = launched.subtracting(forgotten).sorted()
        check(left.isEmpty, "workers \(left) are forgotten never")
    }
}

// MARK: Slots

extension Witness {
    private mutating func seeLaunch(_ id: WorkerID, _ number: GenerationNumber, _ pool: Pool) {
        check(launched.insert(id).inserted, "\(id) is launched twice")
        check(launchedThisTurn.insert(id.slot).inserted, "slot \(id.slot) launches twice at once")
        check(!manager.isStopping, "\(id) is launched while stopping")
        check(!released.contains(number), "\(id) is of generation \(number), which was released")
        ladders[id] = Ladder(heard: clock)
    }

    /// `StartLimitBurst=` and `RestartSec=` of one slot, counted here once more.
    private mutating func seeStart(
        _ id: WorkerID, _ number: GenerationNumber, _ reason: Record.StartReason, _ pool: Pool
    ) {
        faults += pace.started(id, reason, at: clock, pool)
        switch reason {
        case .lifetime: return
        case .memory(_, let limit):
            faults += memory.recycled(id, limit: limit, pool)
            return
        default: break
        }
        var books = slots[id.slot] ?? Books()
        if reason == .rollout || reason == .scale || books.generation != number { books = Books() }
        books.generation = number
        let policy = pool.policy(of: number).worker
        let burst = policy.startLimitBurst
        if burst > 0, books.starts.count >= burst {
            let room = books.starts[books.starts.count - burst] + policy.startLimitInterval
            check(room <= clock, "\(id) exceeds the start limit of its slot")
        }
        if case .replacement(of: _, let ends) = reason, let loss = books.lastLoss {
            let due = loss + policy.delay(afterEnds: ends)
            check(due <= clock, "\(id) is started before its backoff is over")
        }
        books.starts.append(clock)
        slots[id.slot] = books
    }

    /// The end of a worker whose generation is not wanted in its slot any more counts for nothing.
    private mutating func seeLoss(_ id: WorkerID, _ number: GenerationNumber) {
        if slots[id.slot]?.generation == number { slots[id.slot]?.lastLoss = clock }
    }

    /// A candidate of a rollout counts only when it has been ready for `RolloutSettleSec=`.
    private mutating func checkPromotions(before: Pool, after: Pool) {
        guard let rollout = before.rollout, rollout.stage == .forward else { return }
        let settle = after.policy(of: rollout.target).rolloutSettle
        for worker in before.workers where worker.role == .candidate {
            guard worker.generation == rollout.target,
                let now = after.workers.first(where: { $0.id == worker.id }),
                now.role == .incumbent
            else { continue }
            let wait = clock - (now.readyAt ?? clock)
            check(wait >= settle, "\(worker.id) takes its slot after \(wait)")
        }
    }

    private mutating func checkSurge(_ pool: Pool) {
        guard let rollout = pool.rollout, rollout.stage != .reading else { return }
        let isForward = rollout.stage == .forward
        let number = isForward ? rollout.target : rollout.previous
        let rising = pool.workers.filter { $0.role == .candidate && $0.generation == number }
        // A comeback that an earlier rollout left over may still be under way.
        let policy = pool.policy(of: number)
        let surge =
            isForward ? policy.rolloutSurge + policy.rolloutMaxUnready : max(1, policy.rolloutSurge)
        check(rising.count <= surge, "\(rising.count) candidates rise where \(surge) may")
    }
}

// MARK: Workers on their way out

extension Witness {
    private mutating func seeSignal(_ id: WorkerID, _ signal: Signal) {
        guard var ladder = ladders[id] else {
            return check(false, "a signal for a stranger, \(id)")
        }
        check(!ladder.isKilled, "a signal for \(id), which is killed already")
        ladder.signals += 1
        ladder.lastSignal = signal
        check(ladder.signals <= 2, "\(id) gets \(ladder.signals) signals")
        ladders[id] = ladder
    }

    private mutating func seeKill(_ id: WorkerID) {
        guard let ladder = ladders[id] else { return check(false, "a stranger is killed, \(id)") }
        check(!ladder.isKilled, "\(id) is killed twice")
        check(ladder.since != nil, "\(id) is killed, but was never asked to go")
        ladders[id]?.isKilled = true
    }

    private mutating func leave(_ id: WorkerID) {
        check(ladders[id]?.since == nil, "\(id) is asked to go twice")
        ladders[id]?.since = clock
        ladders[id]?.rung = clock
    }

    private mutating func seeRecord(_ record: Record, before: Pool, after: Pool) {
        switch record {
        case .workerStarted(let id, let number, let reason): seeStart(id, number, reason, after)
        case .workerReady(let id, _, _): ladders[id]?.heard = clock
        case .workerRetired(let id, _, let reason):
            leave(id)
            checkRetirement(id, reason, before: before, after: after)
        case .workerUnresponsive(let id, let number, let end):
            if case .watchdog(let interval) = end, let heard = ladders[id]?.heard {
                let silence = clock - heard
                check(silence >= interval, "\(id) is given up after \(silence)")
            }
            leave(id)
            seeLoss(id, number)
        case .workerNeverReady(let id, let number, let end):
            if case .startTimeout = end { leave(id) }
            seeLoss(id, number)
        case .workerLeaving(let id, let number):
            leave(id)
            seeLoss(id, number)
        case .workerExited(let id, let number, let status):
            seeLoss(id, number)
            faults += steering.lost(id, number, .exited(status), at: clock, before, after)
        case .workerKilled(let id, let number, let signal, .outOfTime(let time)):
            let rules = after.policy(of: number).worker
            checkRung(id, time, rules.stopTimeout)
            let last = ladders[id]?.lastSignal
            check(
                signal != .kill || rules.finalKillSignal == .kill || last == rules.finalKillSignal,
                "\(id) is killed without its FinalKillSignal")
        case .rolloutFailed(let number, _):
            failed = number
            slots = [:]
        case .configurationRefused: failed = nil
        default: break
        }
    }

    /// Nobody has more time than its rules and its own EXTEND_TIMEOUT_USEC= give.
    private mutating func checkPatience(_ pool: Pool) {
        for worker in pool.workers {
            guard let ladder = ladders[worker.id] else { continue }
            let rules = pool.policy(of: worker.generation).worker
            let end: Instant?
            switch worker.state {
            case .launching, .starting:
                end = rules.startTimeout.map { max(worker.launchedAt + $0, ladder.extended) }
                let isBehind = worker.state.name == "starting" && rules.readiness == .exec
                check(!isBehind, "\(worker.id) runs, and that is all it has to do")
            case .ready: end = worker.watchdogInterval.map { ladder.heard + $0 }
            case .stopping, .ending:
                let rung = ladder.rung ?? clock
                end = rules.stopTimeout.map { max(rung + $0, ladder.extended) }
            case .killed: end = nil
            }
            check(end.map { $0 > clock } ?? true, "\(worker.id) is late, but \(worker.state)")
        }
    }

    /// `TimeoutStopSec=` lies between any two steps, and the time that the record names is true.
    private mutating func checkRung(_ id: WorkerID, _ time: Duration, _ limit: Duration?) {
        guard let ladder = ladders[id], let since = ladder.since, let rung = ladder.rung else {
            return
        }
        let whole = clock - since
        let step = clock - rung
        check(time == whole, "\(id) is said to have had \(time), but had \(whole)")
        check(limit.map { step >= $0 } ?? false, "\(id) had \(step) to go")
        ladders[id]?.rung = clock
    }

    /// A rollout may close a slot that is opened anew in the same turn, as the pool grows.
    private func isReopened(_ slot: Slot, _ after: Pool) -> Bool {
        after.workers.contains { $0.id.slot == slot && $0.launchedAt == clock }
    }

    /// A rollout never takes a ready worker away before another one is ready in its place.
    private mutating func checkRetirement(
        _ id: WorkerID, _ reason: Record.RetireReason, before: Pool, after: Pool
    ) {
        let worker = before.workers.first { $0.id == id }
        switch reason {
        case .replaced where worker?.isReady == true && worker?.role == .incumbent:
            // The slot may be closed in the very turn in which its new worker had taken it.
            check(
                id.slot >= after.seats.count || isReopened(id.slot, after)
                    || after.serving.contains { $0.id.slot == id.slot }
                    || after.rollout?.clearing.contains(id.slot) == true,
                "\(id) was retired, but no worker serves in its place")
        case .rolloutFailed:
            check(
                worker?.role != .incumbent || id.slot >= after.policy(of: after.settled).slots,
                "\(id) serves and is retired because the rollout failed")
        case .fewerWorkers:
            check(
                id.slot >= after.policy(of: after.settled).slots || isReopened(id.slot, after),
                "\(id) is one too many, but is not")
        case .makesRoom where worker?.isReady == true:
            faults += steering.emptied(id, before, after)
        case .poolStopping: check(manager.isStopping, "\(id) is stopped before STOPPING=1")
        case .replaced, .superseded, .makesRoom: break
        }
    }
}

// MARK: The service manager

extension Witness {
    private mutating func seeNotification(_ state: ServiceState, _ pool: Pool) {
        switch state {
        case .ready:
            check(manager.isReloading || !manager.isReady, "READY=1 that nobody waits for")
            check(!manager.isStopping, "READY=1 while stopping")
            if !manager.isReady {
                check(pool.readySlots >= pool.wanted, "READY=1 before all workers are ready")
            }
            manager.isReady = true
            manager.isReloading = false
            manager.promise = nil
        case .reloading:
            check(manager.isReady && !manager.isReloading, "RELOADING=1 out of place")
            check(!manager.isStopping, "RELOADING=1 while stopping")
            manager.isReloading = true
            manager.promise = nil
        case .stopping:
            check(!manager.isStopping, "STOPPING=1 twice")
            manager.isStopping = true
            manager.promise = nil
        case .heartbeat: seeHeartbeat(pool)
        case .extendTimeout(let duration):
            check(duration > .zero, "a promise of \(duration)")
            manager.promise = max(manager.promise ?? clock, clock + duration)
        case .status: break
        }
    }

    private mutating func seeHeartbeat(_ pool: Pool) {
        guard let period = manager.watchdogPeriod else {
            return check(false, "WATCHDOG=1 without a watchdog")
        }
        check(!pool.serving.isEmpty, "WATCHDOG=1 without a worker that serves")
        check(manager.isReady && !manager.isStopping, "WATCHDOG=1 out of place")
        if let last = manager.lastHeartbeat {
            let wait = clock - last
            check(wait >= period, "WATCHDOG=1 after \(wait)")
        }
        manager.lastHeartbeat = clock
    }

    /// Whoever serves has sent a heartbeat within the last half of the watchdog's interval.
    private mutating func checkHeartbeat(_ pool: Pool) {
        guard let period = manager.watchdogPeriod, pool.phase == .serving, !pool.serving.isEmpty
        else { return }
        let last = manager.lastHeartbeat ?? Instant(nanoseconds: .min)
        check(clock - last < period, "no WATCHDOG=1 although a worker serves")
    }

    /// The promise covers the time that each worker which is waited for may still take.
    private mutating func checkPromise(_ pool: Pool) {
        for worker in pool.workers where isAwaited(worker, pool) {
            var end: Instant
            switch worker.state {
            case .launching(let until), .starting(let until), .stopping(let until),
                .ending(let until):
                end = until ?? clock + .seconds(40)
            case .ready:
                end = (worker.readyAt ?? clock) + pool.policy(of: worker.generation).rolloutSettle
            case .killed: end = clock
            }
            if worker.state == .killed { end = clock }
            let promise = manager.promise ?? Instant(nanoseconds: .min)
            check(promise >= end, "the promise does not cover \(worker.id), \(worker.state)")
        }
    }

    private func isAwaited(_ worker: Worker, _ pool: Pool) -> Bool {
        // A killed worker has no time of its own left; the promise for it may run out.
        if worker.state == .killed { return false }
        switch pool.phase {
        case .rising: return !worker.isReady
        case .stopping: return true
        case .serving:
            guard let rollout = pool.rollout, rollout.stage != .reading else { return false }
            if rollout.stage == .forward {
                return worker.role == .candidate
                    || worker.role == .leaver && rollout.clearing.contains(worker.id.slot)
            }
            return !worker.isReady
                && (worker.role != .leaver || worker.generation == rollout.target)
        case .idle, .ended: return false
        }
    }
}

// MARK: Verdicts

extension Witness {
    private mutating func seeVerdict(
        _ requests: [RequestID], _ verdict: Verdict, before: Pool, after pool: Pool
    ) {
        check(!requests.isEmpty, "a verdict for nobody")
        for request in requests {
            check(openRequests.remove(request) != nil, "request \(request) is answered twice")
        }
        if verdict == .done { return }
        // Those who steer are answered at once, whatever goes on.
        if case .refused = verdict, requests == steering.asked.map({ [$0] }) { return }
        if case .refused(let why) = verdict, why.contains("is paused") {
            return check(before.rollout?.isPaused == true, "no rollout is paused")
        }
        if manager.isStopping {
            if case .replaced = verdict { check(false, "a reload goes well while stopping") }
            return
        }
        check(!manager.isReloading, "a verdict before READY=1")
        switch verdict {
        case .done: break
        case .replaced(let number):
            check(pool.settled == number, "generation \(number) is said to be settled")
            check(
                pool.seats.count == pool.policy(of: number).slots,
                "\(pool.seats.count) slots after the rollout of generation \(number)")
            check(
                pool.seats.allSatisfy { $0.generation == number }
                    && pool.workers.allSatisfy { $0.role == .leaver || $0.generation == number },
                "generation \(number) is said to be everywhere, but is not")
        case .refused(let why):
            check(
                pool.seats.allSatisfy { $0.generation == pool.settled },
                "a refused generation keeps a slot")
            // Nothing was rolled out if the configuration could not be used.
            if let failed { checkReturn(from: failed, why, before: before, after: pool) }
        }
    }
    /// A verdict on a failed rollout comes when everything is as it was, or says what is not.
    private mutating func checkReturn(
        from number: GenerationNumber, _ why: String, before: Pool, after pool: Pool
    ) {
        // Or did when the verdict was found; it may have been lost later in the same turn.
        let serves = (before.serving + pool.serving).contains {
            $0.generation != pool.settled && $0.role != .leaver
        }
        if why.contains("of the old generation") {
            // A slot that is closed in the same turn, as the pool shrinks, is another matter.
            let isScaled = pool.seats.count < before.seats.count
            return check(
                !why.hasSuffix("serves on") || serves || isScaled, "no newer worker serves on")
        }
        check(
            !pool.workers.contains { $0.generation == number },
            "a worker of generation \(number) outlives its verdict")
        check(
            (0..<pool.seats.count).allSatisfy { slot in
                // A slot that was opened in the same turn, as the pool grows, is another matter.
                guard slot < before.policy(of: before.settled).slots else { return true }
                // What has failed on its way back is not waited for any longer.
                let seat = pool.seats[slot]
                let hasFailed =
                    seat.ends > 0 || seat.pause != nil || before.seats[slot].pause != nil
                return hasFailed || pool.serving.contains { $0.id.slot == slot }
            }, "the verdict comes before the old workers are back")
    }
}
