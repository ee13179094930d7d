// What a socket is, asked of the kernel: the master trusts no socket it was handed by its name.

import CLinux
import Glibc

/// How a socket carries bytes.
package enum SocketKind: Equatable, Sendable, CustomStringConvertible {
    case stream
    case datagram
    case sequentialPacket
    case other(Int32)

    package var description: String {
        switch self {
        case .stream: "stream"
        case .datagram: "datagram"
        case .sequentialPacket: "sequential-packet"
        case .other(let number): "type \(number)"
        }
    }

    var number: Int32 {
        switch self {
        case .stream: Int32(SOCK_STREAM.rawValue)
        case .datagram: Int32(SOCK_DGRAM.rawValue)
        case .sequentialPacket: Int32(SOCK_SEQPACKET.rawValue)
        case .other(let number): number
        }
    }

    init(_ number: Int32) {
        switch number {
        case Int32(SOCK_STREAM.rawValue): self = .stream
        case Int32(SOCK_DGRAM.rawValue): self = .datagram
        case Int32(SOCK_SEQPACKET.rawValue): self = .sequentialPacket
        default: self = .other(number)
        }
    }
}

/// The kernel's word on one socket at one moment.
package struct SocketFacts: Equatable, Sendable {
    package let kind: SocketKind
    /// AF_INET, AF_INET6, AF_UNIX, …
    package let family: Int32
    /// Connections come here to be accepted.
    package let isListening: Bool
    package let address: SocketAddress

    /// - Throws: ENOTSOCK for a descriptor of another kind.
    ///
    /// The corresponding C functions are `getsockopt(2)` and `getsockname(2)`.
    package init(of socket: borrowing FileDescriptor) throws(SystemError) {
        kind = SocketKind(try socket.socketOption(SO_TYPE))
        family = try socket.socketOption(SO_DOMAIN)
        isListening = try socket.socketOption(SO_ACCEPTCONN) != 0
        address = try socket.localAddress()
    }
}

extension FileDescriptor {
    borrowing func socketOption(_ name: Int32) throws(SystemError) -> Int32 {
        let raw = rawValue
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        _ = try systemCall { getsockopt(raw, SOL_SOCKET, name, &value, &length) }
            .get("read an option of a socket")
        return value
    }

    borrowing func setSocketOption(
        _ name: Int32, to value: Int32, level: Int32 = SOL_SOCKET
    ) throws(SystemError) {
        let raw = rawValue
        var value = value
        let length = socklen_t(MemoryLayout<Int32>.size)
        _ = try systemCall { setsockopt(raw, level, name, &value, length) }
            .get("set an option of a socket")
    }

    /// Asks for so much room to send into; the kernel may give less.
    package borrowing func setSendBuffer(bytes: Int32) throws(SystemError) {
        try setSocketOption(SO_SNDBUF, to: bytes)
    }

    /// The corresponding C function is `getsockname(2)`.
    package borrowing func localAddress() throws(SystemError) -> SocketAddress {
        try address("read the address of a socket", getsockname)
    }

    /// The corresponding C function is `getpeername(2)`.
    package borrowing func peerAddress() throws(SystemError) -> SocketAddress {
        try address("read the address of a peer", getpeername)
    }

    private borrowing func address(
        _ operation: String,
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) throws(SystemError) -> SocketAddress {
        let raw = rawValue
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                systemCall { ask(raw, address, &length) }
            }
        }
        _ = try result.get(operation)
        return SocketAddress(storage, length: length)
    }
}
