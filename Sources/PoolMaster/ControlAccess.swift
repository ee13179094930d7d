// Who may do what over the control socket.
// Invariant: nothing counts but the kernel's word about who has connected.

import LinuxKernel

struct ControlAccess {
    enum Right: CaseIterable {
        case none
        /// Whatever only tells.
        case look
        case change
    }

    /// Its members may look.
    static let group = "martlet"

    private let group: UInt32?

    init() { group = UserGroup.number(of: Self.group) }

    /// Root and the pool's own user may change the pool, members of the group may look at it.
    func right(of connection: borrowing FileDescriptor) -> Right {
        guard let peer = try? connection.peerCredentials() else { return .none }
        if peer.user == 0 || peer.user == OwnProcess.user { return .change }
        guard let group else { return .none }
        if peer.group == group { return .look }
        let others = try? connection.peerGroups()
        return others?.contains(group) == true ? .look : .none
    }
}
