// Where connections arrive for the program, and where it is known that the worker is to leave.
// Invariant: after the drain no connection is handed out that the master could give to another one.

import LinuxKernel
import PoolWire

final class ConnectionDesk: Sendable {
    let reception: Reception
    /// One for each name.
    private let inboxes: [ConnectionInbox]
    /// That of each socket: those of the master first, in the order of MARTLET_DISPATCHED; then those
    /// that this process accepts from itself.
    let inboxOfSocket: [ConnectionInbox]
    private let state = Locked(State())

    private struct State {
        var isDraining = false
        /// Whether that is the program's own wish.
        var hasLeft = false
        var notices: [AsyncStream<Void>.Continuation] = []
    }

    /// Why a worker is to leave.
    enum DrainReason {
        case order
        case ownWish
        /// There is no master any more.
        case lostMaster
    }

    init(_ inheritance: Inheritance) {
        let reception = Reception(inheritance)
        let accepting = inheritance.listeners.filter(\.isListening).map(\.name)
        let names = inheritance.dispatched + accepting
        var inboxes: [ConnectionInbox] = []
        for name in names where !inboxes.contains(where: { $0.name == name }) {
            let indices = names.indices.filter { names[$0] == name }
            inboxes.append(ConnectionInbox(name: name, indices: indices, reception))
        }
        inboxOfSocket = names.compactMap { name in inboxes.first { $0.name == name } }
        self.inboxes = inboxes
        self.reception = reception
    }

    var isConnected: Bool { reception.channel?.isOpen ?? false }
    var isDraining: Bool { state.withLock { $0.isDraining } }

    func inbox(named name: String?) -> ConnectionInbox? {
        guard let name else { return inboxes.first }
        return inboxes.first { $0.name == name }
    }

    /// Connections that the master gives.
    func receive(_ descriptors: [PassedDescriptor], listener: Int, first: UInt32) {
        guard listener < reception.dispatched else { return }
        for (offset, descriptor) in descriptors.enumerated() {
            let receipt = reception.given(first &+ UInt32(offset), at: listener)
            let arrival = ConnectionInbox.Arrival(
                index: listener, descriptor: descriptor, receipt: receipt)
            if !inboxOfSocket[listener].deliver(arrival) {
                _ = reception.refuse(receipt, descriptor, at: listener)
            }
        }
    }

    /// A connection that this process has accepted from a socket.
    func accept(_ descriptor: consuming FileDescriptor, at index: Int) {
        let passed = PassedDescriptor(descriptor)
        let arrival = ConnectionInbox.Arrival(index: index, descriptor: passed, receipt: nil)
        _ = inboxOfSocket[index].deliver(arrival)
    }

    /// Another master is there. It may not have heard what the one before was told.
    func resume() {
        reception.giveAccount()
        if state.withLock({ $0.hasLeft }) { reception.channel?.say(.leaving) }
    }

    func drain(because reason: DrainReason) {
        let (isFirst, notices) = state.withLock { state in
            defer { (state.isDraining, state.notices) = (true, []) }
            if !state.isDraining, reason == .ownWish { state.hasLeft = true }
            return (!state.isDraining, state.notices)
        }
        if reason == .lostMaster { reception.channel?.close() }
        guard isFirst else { return }
        reception.close()
        if reason == .ownWish { reception.channel?.say(.leaving) }
        for inbox in inboxes { inbox.end() }
        for notice in notices {
            notice.yield()
            notice.finish()
        }
        reception.bell?.ring()
    }

    func drainNotices() -> AsyncStream<Void> {
        AsyncStream { continuation in
            let isDraining = state.withLock { state in
                if !state.isDraining { state.notices.append(continuation) }
                return state.isDraining
            }
            guard isDraining else { return }
            continuation.yield()
            continuation.finish()
        }
    }
}
