// The other sockets that `ListenDatagram=` and `ListenSequentialPacket=` stand for.

import CLinux
import Glibc

extension ListeningSocket {
    /// A datagram socket bound to an address: UDP, or a unix socket; non-blocking and close-on-exec.
    ///
    /// - Throws: EADDRINUSE if somebody is bound there.
    package static func makeDatagram(
        at address: SocketAddress, mode: mode_t = 0o666
    ) throws(SystemError) -> FileDescriptor {
        let operation = "receive datagrams at \(address)"
        let socket = try makeSocket(address.family, SOCK_DGRAM, operation)
        if case .inet6 = address {
            try socket.setSocketOption(IPV6_V6ONLY, to: 0, level: Int32(IPPROTO_IPV6))
        }
        try bind(socket, to: address, mode: mode, operation)
        return socket
    }

    /// A listening unix socket that keeps the borders of messages.
    package static func makeSequentialPacket(
        at address: SocketAddress, mode: mode_t = 0o666
    ) throws(SystemError) -> FileDescriptor {
        let operation = "listen on \(address)"
        let socket = try makeSocket(address.family, SOCK_SEQPACKET, operation)
        try bind(socket, to: address, mode: mode, operation)
        let raw = socket.rawValue
        _ = try systemCall { listen(raw, backlog) }.get(operation)
        return socket
    }
}
