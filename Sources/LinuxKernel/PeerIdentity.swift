// Who is at the other end of a connection, apart from the port.
// Invariant: the same client has the same bytes, over IPv4 and over IPv4 in IPv6.

import CLinux
import Glibc

extension FileDescriptor {
    /// The bytes that tell this client from others: four of an IPv4 address or sixteen of an IPv6
    /// address, in network order; of a unix socket's client its user and its pid.
    ///
    /// - Throws: ENOTCONN for a client that is gone already.
    ///
    /// The corresponding C functions are `getpeername(2)` and `getsockopt(2)` with `SO_PEERCRED`.
    package borrowing func peerIdentity() throws(SystemError) -> [UInt8] {
        switch try peerAddress() {
        case .inet4(let bytes, _): return bytes
        case .inet6(let bytes, _, _): return bytes.version4 ?? bytes
        case .path, .abstract, .unnamed:
            let peer = try peerCredentials()
            return peer.user.bytes + UInt32(bitPattern: peer.pid).bytes
        case .other: return []
        }
    }
}

extension [UInt8] {
    /// The IPv4 address in an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2).
    fileprivate var version4: [UInt8]? {
        let prefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        return starts(with: prefix) ? Array(suffix(4)) : nil
    }
}

extension UInt32 {
    fileprivate var bytes: [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: self >> (24 - 8 * $0)) }
    }
}
