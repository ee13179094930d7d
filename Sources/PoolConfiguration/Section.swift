// The sections of a pool's file.

package enum Section: String, Sendable, CaseIterable {
    /// [Unit], [Socket] and [Service] are handed on to systemd as they are written.
    case unit = "Unit"
    case socket = "Socket"
    case service = "Service"
    case pool = "Pool"
    case worker = "Worker"

    package var isHandedOn: Bool {
        switch self {
        case .unit, .socket, .service: true
        case .pool, .worker: false
        }
    }
}
