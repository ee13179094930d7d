// Where a connection comes from, as a number.
// Invariant: the same client has the same number in every master of every version, so that a restart
// moves nobody.

/// A client: its address without the port, or the process behind a unix socket.
package struct DispatchSource: Hashable, Sendable {
    private let hash: UInt64

    /// FNV-1a over the bytes that identify the client (Fowler, Noll, Vo; 64 bits).
    ///
    /// - Parameter identity: In an order that never changes: of an address, network order.
    package init(_ identity: some Sequence<UInt8>) {
        hash = identity.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// Of a connection whose client is no matter, or is not known.
    package static let unknown = DispatchSource([])

    /// How strongly the client belongs to a slot.
    func score(of slot: Slot) -> UInt64 {
        mixed(hash ^ mixed(UInt64(truncatingIfNeeded: slot) &+ 0x9E37_79B9_7F4A_7C15))
    }
}
