// The book on reasons: each launch, signal, kill and farewell has its record in the same turn, and
// each record that speaks of one has it.

import PoolCore

struct ReasonBook: Book {
    private enum Deed { case launch, kill, laterSignal, relay, ask }

    /// Done and not explained, or explained and not done.
    private var open: [(WorkerID, Deed)] = []
    /// Whose end was recorded in this turn.
    private var gone: [WorkerID] = []

    mutating func hear(_ event: Event, at now: Instant) {
        if !gone.isEmpty { gone = [] }
    }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        switch effect {
        case .launch(let id, _): open.append((id, .launch))
        case .relay(let id, _): open.append((id, .relay))
        case .kill(let id): open.append((id, .kill))
        case .disconnect(let id):
            let isTrue = close(id, .ask)
            findings.check(isTrue, "\(id) is asked to leave without a reason")
        case .signal(let id, _):
            if !close(id, .ask) { open.append((id, .laterSignal)) }
        case .forget(let id):
            findings.check(gone.contains(id), "\(id) is forgotten without a record of its end")
        case .record(let record): seeRecord(record, &findings)
        default: break
        }
    }

    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        guard let (id, deed) = open.first else { return }
        findings.check(false, "\(id): \(deed) without its record, or the other way round")
        open = []
    }

    private mutating func seeRecord(_ record: Record, _ findings: inout Findings) {
        switch record {
        case .workerStarted(let id, _, _):
            let isTrue = close(id, .launch)
            findings.check(isTrue, "\(id) is said to be started, but is not")
        case .workerSignalled(let id, _, _):
            let isTrue = close(id, .relay)
            findings.check(isTrue, "\(id) is said to get a signal, but does not")
        case .workerKilled(let id, _, let signal, _):
            let isTrue = close(id, signal == .kill ? .kill : .laterSignal)
            findings.check(isTrue, "\(id) is said to get \(signal), but does not")
        case .workerRetired(let id, _, _), .workerUnresponsive(let id, _, _),
            .workerNeverReady(let id, _, .startTimeout):
            open.append((id, .ask))
        case .workerGone(let id, _, _), .workerExited(let id, _, _),
            .workerNeverReady(let id, _, _):
            gone.append(id)
        default: break
        }
    }

    private mutating func close(_ id: WorkerID, _ deed: Deed) -> Bool {
        guard let index = open.firstIndex(where: { $0 == id && $1 == deed }) else { return false }
        open.remove(at: index)
        return true
    }
}
