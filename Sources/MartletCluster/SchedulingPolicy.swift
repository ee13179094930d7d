// How connections reach workers.

extension Cluster {
    /// How connections reach workers: `Dispatch=` of martlet.conf(5).
    public enum SchedulingPolicy: Sendable, Hashable {
        /// All workers accept from the same sockets.
        case shared
        /// The primary accepts, and gives to one worker after the other.
        case roundRobin
        /// The primary accepts, and gives to the worker with the fewest connections.
        case leastConnections
        /// The primary accepts, and gives those of one client to one worker.
        case sourceHash(Overflow)

        /// What becomes of a client whose worker takes no more.
        public enum Overflow: Sendable, Hashable {
            /// It waits for its worker.
            case wait
            /// Any other worker may have it.
            case shared

            var text: String {
                switch self {
                case .wait: "wait"
                case .shared: "shared"
                }
            }
        }
    }
}
