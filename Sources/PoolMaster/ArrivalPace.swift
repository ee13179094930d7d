// Whether the next connection comes alone.

import PoolCore

/// How connections of one socket have come of late, by which it is decided whether to ask for another one
/// after the first: where they come one by one, that is a call for nothing.
struct ArrivalPace {
    private var last: Instant?
    private var wasAlone = false

    /// Connections that come closer than this are a crowd.
    private static let crowd = Duration.microseconds(100)

    /// Whether one is all that will be there, as far as that can be known. If it is not, the kernel tells
    /// of the rest at once.
    func isOneByOne(at now: Instant) -> Bool {
        guard wasAlone, let last else { return false }
        return now - last > Self.crowd
    }

    /// So many were there at a look.
    mutating func came(_ count: Int, at now: Instant) {
        wasAlone = count == 1
        last = now
    }
}
