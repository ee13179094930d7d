// The book on the service manager: READY=1 when it is true, heartbeats of a pool that serves, and
// promises which cover the time that workers may still take.

import PoolCore

/// What the service manager has heard.
struct ServiceManager {
    var isReady = false
    var isReloading = false
    var isStopping = false
    var isOver = false
    var lastHeartbeat: Instant?
    var promise: Instant?
    var status = ""
}

struct ManagerBook: Book {
    private(set) var heard = ServiceManager()
    private var watchdogPeriod: Duration?
    /// What was known of the pool while the master before was there.
    private var heardBefore = ServiceManager()

    init(watchdogInterval: Duration?) {
        watchdogPeriod = watchdogInterval.map { $0 / 2 }
    }

    /// Of another master the service manager knows nothing.
    mutating func hear(_ event: Event, at now: Instant) {
        guard case .resumed(_, let watchdogInterval) = event else { return }
        heardBefore = heard
        heard = ServiceManager()
        watchdogPeriod = watchdogInterval.map { $0 / 2 }
    }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        findings.check(!heard.isOver, "\(effect) after the end")
        switch effect {
        case .notify(let state): seeNotification(state, turn, &findings)
        case .finish:
            heard.isOver = true
            findings.check(heard.isStopping, "the end comes without STOPPING=1")
        default: break
        }
    }

    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        checkStatus(turn, &findings)
        checkIntroduction(turn, &findings)
        findings.check(
            turn.after.phase != .rising || turn.after.readySlots < turn.after.wanted,
            "all workers are ready, but READY=1 does not come")
        checkPromise(turn, &findings)
        checkHeartbeat(turn, &findings)
    }

    /// What stood with the master before stands with this one.
    private func checkIntroduction(_ turn: Turn, _ findings: inout Findings) {
        guard case .resumed = turn.event else { return }
        findings.check(
            heard.isReady == heardBefore.isReady, "READY=1 is not said again, or out of place")
        findings.check(
            heard.isReloading == (heardBefore.isReloading && !heardBefore.isStopping),
            "RELOADING=1 is not said again, or out of place")
        findings.check(
            heard.isStopping == heardBefore.isStopping,
            "STOPPING=1 is not said again, or out of place")
        findings.check(heard.isOver == heardBefore.isOver, "the end is not told again")
    }

    /// The line that was said last is the pool's own.
    private func checkStatus(_ turn: Turn, _ findings: inout Findings) {
        switch turn.event {
        // These come often, and change nothing that the line tells.
        case .noticed(_, .heartbeat), .memoryMeasured: return
        default: break
        }
        let line = turn.after.statusLine
        findings.check(
            heard.status == line || turn.after.phase == .idle,
            "STATUS=\(heard.status), but it is \(line)")
    }

    private mutating func seeNotification(
        _ state: ServiceState, _ turn: Turn, _ findings: inout Findings
    ) {
        switch state {
        case .ready: seeReady(turn, &findings)
        case .reloading:
            findings.check(heard.isReady && !heard.isReloading, "RELOADING=1 out of place")
            findings.check(!heard.isStopping, "RELOADING=1 while stopping")
            heard.isReloading = true
            heard.promise = nil
        case .stopping:
            findings.check(!heard.isStopping, "STOPPING=1 twice")
            heard.isStopping = true
            heard.promise = nil
        case .heartbeat: seeHeartbeat(turn, &findings)
        case .extendTimeout(let duration):
            findings.check(duration > .zero, "a promise of \(duration)")
            heard.promise = max(heard.promise ?? turn.now, turn.now + duration)
        case .status(let text):
            findings.check(text != heard.status, "STATUS= is said twice")
            heard.status = text
        }
    }

    private mutating func seeReady(_ turn: Turn, _ findings: inout Findings) {
        findings.check(heard.isReloading || !heard.isReady, "READY=1 that nobody waits for")
        findings.check(!heard.isStopping, "READY=1 while stopping")
        if !heard.isReady, !heardBefore.isReady {
            // The pool may be scaled in the very turn in which it gets ready.
            let wanted = min(turn.before.wanted, turn.after.wanted)
            findings.check(
                turn.after.readySlots >= wanted, "READY=1 before all workers are ready")
        }
        heard.isReady = true
        heard.isReloading = false
        heard.promise = nil
    }

    private mutating func seeHeartbeat(_ turn: Turn, _ findings: inout Findings) {
        guard let period = watchdogPeriod else {
            return findings.check(false, "WATCHDOG=1 without a watchdog")
        }
        findings.check(!turn.after.serving.isEmpty, "WATCHDOG=1 without a worker that serves")
        findings.check(heard.isReady && !heard.isStopping, "WATCHDOG=1 out of place")
        if let last = heard.lastHeartbeat {
            let wait = turn.now - last
            findings.check(wait >= period, "WATCHDOG=1 after \(wait)")
        }
        heard.lastHeartbeat = turn.now
    }

    /// Whoever serves has sent a heartbeat within the last half of the watchdog's interval.
    private func checkHeartbeat(_ turn: Turn, _ findings: inout Findings) {
        guard let period = watchdogPeriod, turn.after.phase == .serving,
            !turn.after.serving.isEmpty
        else { return }
        let last = heard.lastHeartbeat ?? Instant(nanoseconds: .min)
        findings.check(turn.now - last < period, "no WATCHDOG=1 although a worker serves")
        let wakes = turn.after.nextDeadline.map { $0 <= last + period } ?? false
        findings.check(wakes, "nobody will see that WATCHDOG=1 is due")
    }

    /// The promise covers the time that each worker which is waited for may still take.
    private func checkPromise(_ turn: Turn, _ findings: inout Findings) {
        let pool = turn.after
        var isWaiting = false
        for worker in pool.workers where isAwaited(worker, pool) {
            isWaiting = true
            var end: Instant
            switch worker.state {
            case .launching(let until), .starting(let until), .disconnecting(let until),
                .stopping(let until),
                .ending(let until):
                end = (until ?? turn.now + .seconds(40)) + settling(of: worker, pool)
            case .ready: end = (worker.readyAt ?? turn.now) + settling(of: worker, pool)
            case .killed: end = turn.now
            }
            let promise = heard.promise ?? Instant(nanoseconds: .min)
            findings.check(
                promise >= end, "the promise does not cover \(worker.id), \(worker.state)")
        }
        guard isWaiting, let promise = heard.promise else { return }
        let wakes = pool.nextDeadline.map { $0 <= promise } ?? false
        findings.check(wakes, "nobody will see that the promise runs out")
    }

    /// A candidate of a rollout is waited for when it is ready, too.
    private func settling(of worker: Worker, _ pool: Pool) -> Duration {
        guard worker.role == .candidate, let rollout = pool.rollout, rollout.stage == .forward,
            rollout.target == worker.generation
        else { return .zero }
        return pool.policy(of: rollout.target).rolloutSettle
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
