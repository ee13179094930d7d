// The book on scale: what was asked for since the last change, added up and kept within bounds, is
// what is wanted as soon as nothing stands in the way.

import PoolCore

struct ScaleBook: Book {
    private var base: Int?
    private var difference = 0
    private var isPending = false

    mutating func hear(_ event: Event, at now: Instant) {
        guard case .scaleRequested(let scaling) = event else { return }
        isPending = true
        switch scaling {
        case .to(let count):
            base = count
            difference = 0
        case .by(let more): difference += more
        }
    }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        guard case .record(.poolScaled(let from, let to)) = effect else { return }
        findings.check(isPending, "the pool is scaled, but nobody asked for it")
        let expected = bounded((base ?? from) + difference, turn.after)
        findings.check(to == expected, "\(to) workers are wanted where \(expected) should be")
        clear()
    }

    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        guard isPending, turn.after.phase == .serving, turn.after.rollout == nil else { return }
        let wanted = turn.after.wanted
        let expected = bounded((base ?? wanted) + difference, turn.after)
        findings.check(
            wanted == expected, "\(wanted) workers are wanted, but \(expected) were asked for")
        clear()
    }

    private func bounded(_ count: Int, _ pool: Pool) -> Int {
        let most = 1_024 - pool.policy(of: pool.settled).spare
        return min(max(count, 1), most)
    }

    private mutating func clear() {
        base = nil
        difference = 0
        isPending = false
    }
}
