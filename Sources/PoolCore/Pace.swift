// How fast workers are replaced, over the whole pool: whatever is configured, and however its
// workers die, a pool is no busy loop.
// Invariant: between two instants no more starts are allowed than `burst` and one for each interval.

/// A budget of starts: the generic cell rate algorithm (ITU-T I.371), in one variable.
struct Pace: Codable, Sendable {
    static let interval = Duration.milliseconds(100)
    /// As many may die at once and come back at once, in a pool that has not more slots than that.
    static let smallestBurst = 10

    /// When the whole budget is there again.
    private(set) var recovered = Instant(nanoseconds: .min)

    /// When the next start is allowed.
    func opens(burst: Int) -> Instant {
        recovered + Self.interval * -(max(burst, Self.smallestBurst) - 1)
    }

    /// Notes a start.
    mutating func draw(at now: Instant) {
        recovered = max(recovered, now) + Self.interval
    }
}
