// The book on successions of masters: each is recorded once, and nobody is launched, asked or killed
// who would not have been if the master had only looked at the clock.

import PoolCore

struct ResumptionBook: Book {
    private var deeds: [Effect] = []
    private var records = 0

    mutating func hear(_ event: Event, at now: Instant) {
        if !deeds.isEmpty { deeds = [] }
        records = 0
    }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        if case .record(.masterReplaced) = effect { records += 1 }
        guard case .resumed = turn.event else { return }
        if effect.subject != nil { deeds.append(effect) }
    }

    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        guard case .resumed(let resumption, _) = turn.event else {
            return findings.check(records == 0, "a master is said to be replaced, but was not")
        }
        findings.check(records == 1, "\(records) records of \(resumption)")
        var twin = turn.before
        let due = twin.handle(.nothing, at: turn.now).filter { $0.subject != nil }
        findings.check(deeds == due, "\(deeds) because of another master, not \(due)")
        checkRequests(turn.after, &findings)
    }

    /// Numbers are given anew, to others.
    private func checkRequests(_ pool: Pool, _ findings: inout Findings) {
        findings.check(
            pool.orders.allSatisfy { $0.request == nil }, "who wanted a fresh worker is remembered")
    }
}

extension Event {
    /// Something that changes nothing.
    static var nothing: Event {
        .memoryMeasured(WorkerID(slot: 0, incarnation: Law.firstStranger), 0)
    }

    static var nothingOfAgent: Event {
        .memoryMeasured(WorkerID(slot: 0, incarnation: .max), 0)
    }
}
