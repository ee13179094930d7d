// Two unix sockets that are connected to each other: a channel between two processes.
// Invariant: our end never waits.

import CLinux
import Glibc

package enum ChannelPair {
    /// - Parameter kind: `.stream` for bytes, `.sequentialPacket` for packets that stay whole.
    /// - Returns: Both ends, close-on-exec; ours does not wait, the other does, as whoever gets it
    ///   expects.
    ///
    /// The corresponding C function is `socketpair(2)`.
    package static func make(
        _ kind: SocketKind
    ) throws(SystemError) -> (own: SharedDescriptor, other: SharedDescriptor) {
        var ends: [Int32] = [-1, -1]
        let type = kind.number | Int32(SOCK_CLOEXEC.rawValue)
        _ = try systemCall { socketpair(AF_UNIX, type, 0, &ends) }.get("make a channel")
        let own = SharedDescriptor(FileDescriptor(owning: ends[0]))
        let other = SharedDescriptor(FileDescriptor(owning: ends[1]))
        try own.descriptor.setNonBlocking()
        return (own, other)
    }
}

extension FileDescriptor {
    /// Sends bytes with descriptors to a connected unix socket, never waiting. The descriptors go
    /// with the first byte: once any was sent, they are on their way and may be closed here.
    ///
    /// - Parameter attached: At most 253.
    ///
    /// The corresponding C function is `sendmsg(2)` with `SCM_RIGHTS`.
    package borrowing func send(
        _ buffer: UnsafeRawBufferPointer, with attached: [SharedDescriptor]
    ) throws(SystemError) -> Transfer {
        let raw = rawValue
        let result = withUnsafeTemporaryAllocation(of: Int32.self, capacity: attached.count) {
            numbers in
            for index in attached.indices { numbers[index] = attached[index].rawValue }
            return systemCall {
                martlet_send(
                    raw, buffer.baseAddress, buffer.count, numbers.baseAddress, attached.count, nil,
                    0)
            }
        }
        // The numbers alone do not keep what they stand for open.
        withExtendedLifetime(attached) {}
        return try Self.transfer(result, "send a descriptor")
    }
}
