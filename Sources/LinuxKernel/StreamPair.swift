// Two unix stream sockets that are connected to each other: a channel between two processes.
// Invariant: our end never waits.

import CLinux
import Glibc

package enum StreamPair {
    /// - Returns: Both ends, close-on-exec; ours does not wait, the other does, as whoever gets it
    ///   expects.
    ///
    /// The corresponding C function is `socketpair(2)`.
    package static func make()
        throws(SystemError) -> (own: SharedDescriptor, other: SharedDescriptor)
    {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        _ = try systemCall { socketpair(AF_UNIX, type, 0, &ends) }.get("make a channel")
        let own = SharedDescriptor(FileDescriptor(owning: ends[0]))
        let other = SharedDescriptor(FileDescriptor(owning: ends[1]))
        try own.descriptor.setNonBlocking()
        return (own, other)
    }
}

extension FileDescriptor {
    /// Sends bytes with a descriptor to a connected unix socket, never waiting. The descriptor goes
    /// with the first byte: once any was sent, it is on its way and may be closed here.
    ///
    /// The corresponding C function is `sendmsg(2)` with `SCM_RIGHTS`.
    package borrowing func send(
        _ buffer: UnsafeRawBufferPointer, with attached: borrowing FileDescriptor
    ) throws(SystemError) -> Transfer {
        let raw = rawValue
        var number = attached.rawValue
        let result = systemCall {
            martlet_send(raw, buffer.baseAddress, buffer.count, &number, 1, nil, 0)
        }
        return try Self.transfer(result, "send a descriptor")
    }
}
