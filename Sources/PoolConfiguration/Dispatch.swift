// How connections reach workers.

/// Who accepts, and who gets what was accepted [Dispatch].
package enum Dispatch: String, Sendable, CaseIterable {
    /// All workers accept from the same sockets.
    case shared
    /// The master accepts, and gives to one worker after the other.
    case roundRobin = "round-robin"
}
