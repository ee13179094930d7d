// How long things took, counted by size.
// Invariant: a count for each bound, and one for all.

import PoolCore

struct DurationHistogram: Equatable {
    /// Seconds; what took as long as that counts as well.
    static let bounds: [Int] = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800]

    /// Cumulative; of anything that took longer than the last bound only `count` knows.
    private(set) var counts: [UInt64] = Array(repeating: 0, count: bounds.count)
    private(set) var count: UInt64 = 0
    private(set) var seconds = 0.0

    mutating func observe(_ duration: Duration) {
        let nanoseconds = max(0, duration.saturatingNanoseconds)
        for (index, bound) in Self.bounds.enumerated()
        where nanoseconds <= Int64(bound) * 1_000_000_000 {
            counts[index] &+= 1
        }
        count &+= 1
        seconds += Double(nanoseconds) / 1e9
    }
}
