// What a witness keeps: small books, each about one promise of the pool.
// Invariant: a book never asks the pool for what it can know by itself, so that a mistake in the
// pool's own books is not repeated in these.

import PoolCore

/// One promise, followed from event to event.
protocol Book {
    /// Before the pool hears of it.
    mutating func hear(_ event: Event, at now: Instant)
    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings)
    /// After the last effect of a turn.
    mutating func endTurn(_ turn: Turn, _ findings: inout Findings)
}

extension Book {
    mutating func hear(_ event: Event, at now: Instant) {}
    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {}
    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {}
}

/// One event and what the pool made of it.
struct Turn {
    let event: Event
    /// The latest time that the pool has heard of.
    let now: Instant
    let before: Pool
    let after: Pool
    /// What the service manager has heard up to the effect that is looked at.
    var manager = ServiceManager()

    /// A rollout may close a slot that is opened anew in the same turn, as the pool grows.
    func isReopened(_ slot: Slot) -> Bool {
        after.workers.contains { $0.id.slot == slot && $0.launchedAt == now }
    }
}
