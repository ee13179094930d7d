// Why the master does not do what it was asked over the control socket.

/// The errors of io.martlet.Pool.
package enum ControlError: Error, Hashable, Sendable {
    /// The sentence says why; the generation is the one that serves on.
    case reloadFailed(reason: String, serving: Int?)
    /// The user who asked.
    case permissionDenied(user: UInt32?)
    case tooManyClients
    case stopping
    /// There is no rollout to steer, or not any more; the sentence says which.
    case notPossible(reason: String)
    /// One a later master has, or one of the protocol; a master never sends it.
    case other(String)

    package var name: String {
        switch self {
        case .reloadFailed: "\(PoolInterface.name).ReloadFailed"
        case .permissionDenied: "\(PoolInterface.name).PermissionDenied"
        case .tooManyClients: "\(PoolInterface.name).TooManyClients"
        case .stopping: "\(PoolInterface.name).Stopping"
        case .notPossible: "\(PoolInterface.name).NotPossible"
        case .other(let name): name
        }
    }

    var frame: [UInt8]? {
        VarlinkReply(error: name, ControlErrorParameters(self)).frame
    }

    init(name: String, _ parameters: ControlErrorParameters?) {
        switch name {
        case "\(PoolInterface.name).ReloadFailed":
            self = .reloadFailed(
                reason: parameters?.reason ?? "for a reason not given",
                serving: parameters?.generation)
        case "\(PoolInterface.name).PermissionDenied":
            self = .permissionDenied(user: parameters?.user)
        case "\(PoolInterface.name).TooManyClients": self = .tooManyClients
        case "\(PoolInterface.name).Stopping": self = .stopping
        case "\(PoolInterface.name).NotPossible":
            self = .notPossible(reason: parameters?.reason ?? "for a reason not given")
        default: self = .other(name)
        }
    }
}

/// The parameters of all errors of the interface; each has its own few.
struct ControlErrorParameters: Codable, Hashable, Sendable {
    var reason: String?
    var generation: Int?
    var user: UInt32?

    init(_ error: ControlError) {
        switch error {
        case .reloadFailed(let reason, let serving):
            self.reason = reason
            generation = serving
        case .permissionDenied(let user): self.user = user
        case .notPossible(let reason): self.reason = reason
        case .tooManyClients, .stopping, .other: break
        }
    }
}
