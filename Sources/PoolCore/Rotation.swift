// Who gets the next connection of a socket: one after the other, each with a bounded number that it
// has not taken yet.
// Invariant: a value; it never acts and never reads a clock. Nobody who is full, or has as many in
// flight as it may, is picked.

/// Round-robin over the workers that serve one socket.
package struct Rotation<Taker: Hashable & Sendable>: Sendable {
    /// Connections that one may have been given and not have answered for.
    package let mostInFlight: Int
    private var ring: [Member] = []
    /// Whose turn it is.
    private var turn = 0

    private struct Member: Sendable {
        let taker: Taker
        var inFlight = 0
        /// Refusals in a row, and until when it is left alone for them.
        var refusals = 0
        var restsUntil: Instant?
    }

    /// How long one that refuses is left alone: at first, and at most.
    static var shortestRest: Duration { .milliseconds(10) }
    static var longestRest: Duration { .seconds(1) }

    package init(mostInFlight: Int = 16) {
        self.mostInFlight = mostInFlight
    }

    package var isEmpty: Bool { ring.isEmpty }

    /// It comes last in the present round.
    package mutating func join(_ taker: Taker) {
        guard !ring.contains(where: { $0.taker == taker }) else { return }
        ring.insert(Member(taker: taker), at: turn)
        turn += 1
        if turn == ring.count { turn = 0 }
    }

    package mutating func leave(_ taker: Taker) {
        guard let index = ring.firstIndex(where: { $0.taker == taker }) else { return }
        ring.remove(at: index)
        if index < turn { turn -= 1 }
        if turn >= ring.count { turn = 0 }
    }

    /// Who is to get a connection; `nil` if nobody can take one now.
    package mutating func pick(at now: Instant) -> Taker? {
        for step in ring.indices {
            let index = (turn + step) % ring.count
            guard canTake(ring[index], at: now) else { continue }
            ring[index].inFlight += 1
            turn = (index + 1) % ring.count
            return ring[index].taker
        }
        return nil
    }

    package func canPick(at now: Instant) -> Bool { ring.contains { canTake($0, at: now) } }

    private func canTake(_ member: Member, at now: Instant) -> Bool {
        member.inFlight < mostInFlight && member.restsUntil.map { $0 <= now } ?? true
    }

    /// It has taken one that it was given.
    package mutating func accepted(by taker: Taker) {
        guard let index = ring.firstIndex(where: { $0.taker == taker }) else { return }
        ring[index].inFlight = max(0, ring[index].inFlight - 1)
        ring[index].refusals = 0
        ring[index].restsUntil = nil
    }

    /// It has not taken one: it is full, or closing, and is asked again after a while.
    package mutating func refused(by taker: Taker, at now: Instant) {
        guard let index = ring.firstIndex(where: { $0.taker == taker }) else { return }
        ring[index].inFlight = max(0, ring[index].inFlight - 1)
        let rest = Self.shortestRest * (1 << min(ring[index].refusals, 7))
        ring[index].refusals += 1
        ring[index].restsUntil = now + min(rest, Self.longestRest)
    }

    /// When somebody who refused may be asked again, if nobody else can take one before.
    package func nextDeadline(after now: Instant) -> Instant? {
        guard !canPick(at: now) else { return nil }
        return ring.filter { $0.inFlight < mostInFlight }.compactMap(\.restsUntil).min()
    }
}
