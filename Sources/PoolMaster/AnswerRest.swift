// How long what workers answer for connections may wait to be read.
// Invariant: a value; it never reads a clock. A worker is not left without connections by it for longer
// than one rest, as the next one is shorter then.

import PoolCore

/// The time between two looks at the channels of workers that answer for each connection.
///
/// Node answers twice for each, and each answer would wake the master up: read together they cost
/// little. While connections wait for them, the rest is as long as workers need for a part of those that they
/// have: what is left to them at a look decides about the next rest.
struct AnswerRest {
    /// Nobody waits for the answers.
    static let longest = Duration.milliseconds(4)
    static let shortest = Duration.microseconds(100)
    /// So much of a rest is left out when the master is awake anyway.
    static let early = Duration.milliseconds(1)

    private var whileWaitedFor = Duration.microseconds(200)

    func duration(isWaitedFor: Bool) -> Duration {
        isWaitedFor ? whileWaitedFor : Self.longest
    }

    /// After a look.
    ///
    /// - Parameters:
    ///   - fewest: What the busiest of those who have answered had left, of `most` that one may have.
    mutating func adapt(fewest: Int, of most: Int) {
        if fewest * 2 >= most {
            whileWaitedFor = min(whileWaitedFor * 2, Self.longest)
        } else if fewest * 4 < most {
            whileWaitedFor = max(whileWaitedFor / 2, Self.shortest)
        }
    }
}
