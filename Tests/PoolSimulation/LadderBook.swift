// The book on how workers are made to leave: asked once, pressed in time, killed once, and nobody
// has more time than its rules and its own EXTEND_TIMEOUT_USEC= give.

import PoolCore

struct LadderBook: Book {
    private var ladders: [WorkerID: Ladder] = [:]

    /// How one worker is made to leave.
    private struct Ladder {
        let launchedAt: Instant
        var heard: Instant
        /// How long nobody watched.
        var grace = Duration.zero
        var since: Instant?
        /// Whether it is to be asked through its channel, and whether it was.
        var isToHear = false
        var hasHeard = false
        /// When it was asked last, in whatever way.
        var rung: Instant?
        /// Until when its own EXTEND_TIMEOUT_USEC= may have given it.
        var extended = Instant(nanoseconds: .min)
        var signals = 0
        var lastSignal: Signal?
        /// The next signal that is right.
        var expected: Signal?
        var isKilled = false

        /// Nobody is late for the time in which nobody listened.
        mutating func resume(after gap: Duration, at now: Instant) {
            heard = now
            grace += gap
            extended = extended + gap
            rung = rung.map { $0 + gap }
        }
    }

    mutating func hear(_ event: Event, at now: Instant) {
        switch event {
        case .noticed(let id, .heartbeat), .noticed(let id, .watchdogInterval):
            ladders[id]?.heard = now
        case .noticed(let id, .extendTimeout(let duration)):
            let until = now + min(duration, Worker.longestExtension)
            let earlier = ladders[id]?.extended ?? until
            ladders[id]?.extended = max(earlier, until)
        case .resumed(let resumption, _):
            for id in ladders.keys { ladders[id]?.resume(after: resumption.gap, at: now) }
        default: break
        }
    }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        switch effect {
        case .launch(let id, _): ladders[id] = Ladder(launchedAt: turn.now, heard: turn.now)
        case .disconnect(let id): seeWord(id, turn, &findings)
        case .signal(let id, let signal): seeSignal(id, signal, turn, &findings)
        case .kill(let id): seeKill(id, &findings)
        case .forget(let id): ladders[id] = nil
        case .record(let record): seeRecord(record, turn, &findings)
        default: break
        }
    }

    /// Those who are late are given up in the turn of the deadline.
    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        if case .deadline = turn.event { checkPatience(turn, &findings) }
        if case .unreachable(let id) = turn.event {
            let waits = turn.after.workers.contains {
                $0.id == id && $0.state.name == "disconnecting"
            }
            findings.check(!waits, "\(id) can't be asked, but is waited for")
        }
        if let (id, _) = ladders.first(where: { $0.value.isToHear }) {
            findings.check(false, "\(id) is not asked to leave")
        }
    }

    private mutating func seeWord(_ id: WorkerID, _ turn: Turn, _ findings: inout Findings) {
        findings.check(ladders[id]?.isToHear == true, "\(id) is asked to leave, but no word is due")
        ladders[id]?.isToHear = false
        ladders[id]?.hasHeard = true
        ladders[id]?.expected = turn.rules(for: id)?.killSignal
    }

    private mutating func seeSignal(
        _ id: WorkerID, _ signal: Signal, _ turn: Turn, _ findings: inout Findings
    ) {
        guard var ladder = ladders[id] else {
            return findings.check(false, "a signal for a stranger, \(id)")
        }
        findings.check(!ladder.isKilled, "a signal for \(id), which is killed already")
        ladder.signals += 1
        ladder.lastSignal = signal
        findings.check(
            ladder.expected == signal,
            "\(id) gets \(signal), not \(ladder.expected.map(\.description) ?? "nothing")")
        ladder.expected = turn.rules(for: id)?.finalKillSignal
        findings.check(ladder.signals <= 2, "\(id) gets \(ladder.signals) signals")
        ladders[id] = ladder
    }

    private mutating func seeKill(_ id: WorkerID, _ findings: inout Findings) {
        guard let ladder = ladders[id] else {
            return findings.check(false, "a stranger is killed, \(id)")
        }
        findings.check(!ladder.isKilled, "\(id) is killed twice")
        findings.check(ladder.since != nil, "\(id) is killed, but was never asked to go")
        ladders[id]?.isKilled = true
    }

    private mutating func seeRecord(
        _ record: Record, _ turn: Turn, _ findings: inout Findings
    ) {
        switch record {
        case .workerReady(let id, _, _): ladders[id]?.heard = turn.now
        case .workerRetired(let id, _, _), .workerNeverReady(let id, _, .startTimeout):
            if case .workerNeverReady = record { checkStart(id, turn, &findings) }
            leave(id, turn, &findings)
            guard let rules = turn.rules(for: id) else { return }
            ladders[id]?.isToHear = rules.disconnects
            ladders[id]?.expected = rules.disconnects ? nil : rules.killSignal
        case .workerLeaving(let id, _):
            leave(id, turn, &findings)
            ladders[id]?.expected = turn.rules(for: id)?.finalKillSignal
        case .workerUnresponsive(let id, _, let end):
            if case .watchdog(let interval) = end, let heard = ladders[id]?.heard {
                let silence = turn.now - heard
                findings.check(silence >= interval, "\(id) is given up after \(silence)")
            }
            leave(id, turn, &findings)
            let rules = turn.rules(for: id)
            if case .broken = end {
                ladders[id]?.expected = rules?.killSignal
            } else {
                ladders[id]?.expected = rules?.watchdogSignal
            }
        case .workerKilled(let id, let number, let signal, .outOfTime(let time)):
            let rules = turn.after.policy(of: number).worker
            checkRung(id, time, rules.stopTimeout, turn, &findings)
            let last = ladders[id]?.lastSignal
            findings.check(
                signal != .kill || rules.finalKillSignal == .kill || last == rules.finalKillSignal,
                "\(id) is killed without its FinalKillSignal")
            findings.check(
                signal != .kill || ladders[id]?.hasHeard != true || last != nil,
                "\(id) is killed without its KillSignal")
        case .workerKilled(let id, _, _, .unreachable):
            var isTold = false
            if case .unreachable(id) = turn.event { isTold = true }
            findings.check(
                isTold && ladders[id]?.hasHeard == true && ladders[id]?.signals == 1,
                "\(id) is said to be unreachable, but is not")
            ladders[id]?.rung = turn.now
        default: break
        }
    }

    /// Whoever is given up before it was ready has had its whole `TimeoutStartSec=`.
    private func checkStart(_ id: WorkerID, _ turn: Turn, _ findings: inout Findings) {
        guard let ladder = ladders[id], let limit = turn.rules(for: id)?.startTimeout else {
            return
        }
        let time = turn.now - ladder.launchedAt - ladder.grace
        findings.check(time >= limit, "\(id) had \(time) to get ready")
    }

    private mutating func leave(_ id: WorkerID, _ turn: Turn, _ findings: inout Findings) {
        findings.check(ladders[id]?.since == nil, "\(id) is asked to go twice")
        ladders[id]?.since = turn.now
        ladders[id]?.rung = turn.now
    }

    /// `TimeoutStopSec=` lies between any two steps, and the time that the record names is true.
    private mutating func checkRung(
        _ id: WorkerID, _ time: Duration, _ limit: Duration?, _ turn: Turn,
        _ findings: inout Findings
    ) {
        guard let ladder = ladders[id], let since = ladder.since, let rung = ladder.rung else {
            return
        }
        let whole = turn.now - since
        let step = turn.now - rung
        findings.check(time == whole, "\(id) is said to have had \(time), but had \(whole)")
        findings.check(limit.map { step >= $0 } ?? false, "\(id) had \(step) to go")
        ladders[id]?.rung = turn.now
    }

    private func checkPatience(_ turn: Turn, _ findings: inout Findings) {
        for worker in turn.after.workers {
            guard let ladder = ladders[worker.id] else { continue }
            let rules = turn.after.policy(of: worker.generation).worker
            let end: Instant?
            switch worker.state {
            case .launching, .starting:
                end = rules.startTimeout.map {
                    max(worker.launchedAt + $0 + ladder.grace, ladder.extended)
                }
                let isBehind = worker.state.name == "starting" && rules.readiness == .exec
                findings.check(!isBehind, "\(worker.id) runs, and that is all it has to do")
            case .ready: end = worker.watchdogInterval.map { ladder.heard + $0 }
            case .disconnecting, .stopping, .ending:
                let rung = ladder.rung ?? turn.now
                end = rules.stopTimeout.map { max(rung + $0, ladder.extended) }
            case .killed: end = nil
            }
            findings.check(
                end.map { $0 > turn.now } ?? true, "\(worker.id) is late, but \(worker.state)")
        }
    }
}

extension Turn {
    fileprivate func rules(for id: WorkerID) -> WorkerPolicy? {
        before.workers.first { $0.id == id }.map { after.policy(of: $0.generation).worker }
    }
}
