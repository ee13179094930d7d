// Where in its pool a process is posted.

package enum Post: Equatable, Sendable, CustomStringConvertible {
    /// A worker, whoever has its slot.
    case slot(Int)
    /// The one process beside the workers.
    case agent

    /// What `%w` stands for: `3`, or `agent`.
    package var description: String {
        switch self {
        case .slot(let number): "\(number)"
        case .agent: "agent"
        }
    }
}
