// How a pool speaks to its workers.

/// What a worker is given and what it is expected to say [Protocol].
package enum WorkerProtocol: String, Sendable, CaseIterable {
    /// sd_listen_fds(3) and sd_notify(3), as of a service that is socket-activated.
    case systemd
    /// The channel of Node's `cluster` module.
    case node
    /// The channel of this project's own library, beside what `systemd` gives.
    case martlet
}
