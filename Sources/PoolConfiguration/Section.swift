// The sections of a pool's file.

package enum Section: String, Sendable, CaseIterable {
    /// [Unit], [Socket] and [Service] are handed on to systemd as they are written.
    case unit = "Unit"
    case socket = "Socket"
    case service = "Service"
    case pool = "Pool"
    case worker = "Worker"
    /// The vocabulary of [Worker], for the one process beside the workers.
    case agent = "Agent"

    package var isHandedOn: Bool {
        switch self {
        case .unit, .socket, .service: true
        case .pool, .worker, .agent: false
        }
    }
}
