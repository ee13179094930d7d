// How connections reach workers.

import PoolCore

/// Who accepts, and who gets what was accepted [Dispatch].
package enum Dispatch: String, Sendable, CaseIterable {
    /// All workers accept from the same sockets.
    case shared
    /// The master accepts, and gives to one worker after the other.
    case roundRobin = "round-robin"
    /// The master accepts, and gives to the worker with the fewest connections.
    case leastConnections = "least-connections"
    /// The master accepts, and gives those of one client to one worker.
    case sourceHash = "source-hash"
}

extension PoolSettings {
    /// How the master chooses among workers; `nil` if they accept themselves.
    package var dispatchPolicy: DispatchPolicy? {
        switch dispatch {
        case .shared: nil
        case .roundRobin: .roundRobin
        case .leastConnections: .leastConnections
        case .sourceHash: .sourceHash(values.overflow)
        }
    }
}
