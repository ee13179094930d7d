// What the next master has to know of a worker's session, so that it goes on where this one ended.

struct SessionState: Codable, Equatable, Sendable {
    /// Whether the worker has begun as its protocol has it.
    var hasGreeted = false
    /// Of Node: the indices of the sockets whose connections it waits for, in ascending order.
    /// Workers of Protocol=martlet are asked.
    var served: [Int] = []
    /// Whether the last line to the worker was sent in part: what others wrote after it would be
    /// taken for the rest of it.
    var isTorn = false
    /// Whether the worker has said on its channel that it is ready; `nil` where it never does.
    var hasSaidReady: Bool?
}
