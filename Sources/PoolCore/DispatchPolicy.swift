// How the master chooses who gets a connection.

package enum DispatchPolicy: Equatable, Sendable {
    /// One after the other.
    case roundRobin
    /// Whoever has the fewest.
    case leastConnections
    /// The same worker for the same client.
    case sourceHash(Overflow)

    /// What becomes of a connection whose worker can't take it now.
    package enum Overflow: String, Sendable, CaseIterable {
        /// It waits for its worker.
        case wait
        /// Any other worker may have it.
        case shared
    }
}
