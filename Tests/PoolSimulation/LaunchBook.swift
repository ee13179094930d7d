// The book on lives: what was launched is forgotten once and when it is gone, nothing is launched
// twice or while the pool stops, and no effect is about a worker that was forgotten.

import PoolCore

struct LaunchBook: Book {
    private var lastIncarnation: UInt64 = 0
    /// Launched and not forgotten.
    private var present: Set<WorkerID> = []
    /// Launched and not reported gone.
    private var alive: Set<WorkerID> = []
    private var launchedThisTurn: Set<Slot> = []

    mutating func hear(_ event: Event, at now: Instant) {
        if !launchedThisTurn.isEmpty { launchedThisTurn = [] }
        switch event {
        case .exited(let id, _), .launchFailed(let id, _): alive.remove(id)
        default: break
        }
    }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        switch effect {
        case .launch(let id, _): seeLaunch(id, turn, &findings)
        case .disconnect(let id):
            findings.check(alive.contains(id), "\(id) is asked to leave, but is gone")
        case .signal(let id, let signal), .relay(let id, let signal):
            findings.check(alive.contains(id), "\(signal) for \(id), who is gone")
        case .kill(let id):
            findings.check(alive.contains(id), "SIGKILL for \(id), who is gone")
        case .forget(let id):
            findings.check(present.remove(id) != nil, "\(id) is forgotten twice")
            findings.check(!alive.contains(id), "\(id) is forgotten, but still there")
        case .measureMemory(let ids):
            findings.check(ids.allSatisfy(alive.contains), "\(ids) are measured, but not all there")
        case .record(let record):
            guard let id = record.worker else { return }
            findings.check(present.contains(id), "\(record.kind) about \(id), who is forgotten")
        case .finish: seeFinish(&findings)
        default: break
        }
    }

    private mutating func seeLaunch(_ id: WorkerID, _ turn: Turn, _ findings: inout Findings) {
        findings.check(id.incarnation > lastIncarnation, "\(id) is launched twice")
        lastIncarnation = max(lastIncarnation, id.incarnation)
        present.insert(id)
        alive.insert(id)
        findings.check(
            launchedThisTurn.insert(id.slot).inserted, "slot \(id.slot) launches twice at once")
        findings.check(!turn.manager.isStopping, "\(id) is launched while stopping")
    }

    private func seeFinish(_ findings: inout Findings) {
        findings.check(alive.isEmpty, "the pool ends while \(alive.sorted()) are there")
        findings.check(present.isEmpty, "workers \(present.sorted()) are forgotten never")
    }
}
