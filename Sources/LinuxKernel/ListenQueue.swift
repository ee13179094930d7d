// How many connections wait in the kernel for somebody to accept them.

import CLinux
import Glibc

/// The queue of one listening socket at one moment.
package struct ListenQueue: Equatable, Sendable {
    package let length: UInt32
    /// What listen(2) was told, or what net.core.somaxconn made of it.
    package let limit: UInt32

    /// - Returns: `nil` for a socket of another kind, and for one that the kernel does not tell of.
    package static func read(
        of socket: borrowing FileDescriptor, _ facts: SocketFacts
    ) -> ListenQueue? {
        guard facts.isListening else { return nil }
        switch facts.family {
        case AF_INET, AF_INET6: return ofTCP(socket)
        case AF_UNIX:
            guard let inode = try? socket.status().inode else { return nil }
            return try? UnixSocketQuery(inode: UInt32(truncatingIfNeeded: inode)).queue()
        default: return nil
        }
    }

    /// The corresponding C function is `getsockopt(2)` of `TCP_INFO`, tcp(7): of a socket that
    /// listens, two of its fields are about the queue.
    private static func ofTCP(_ socket: borrowing FileDescriptor) -> ListenQueue? {
        let raw = socket.rawValue
        var information = tcp_info()
        var length = socklen_t(MemoryLayout<tcp_info>.size)
        let result = systemCall {
            getsockopt(raw, Int32(IPPROTO_TCP), TCP_INFO, &information, &length)
        }
        guard case .value = result else { return nil }
        return ListenQueue(length: information.tcpi_unacked, limit: information.tcpi_sacked)
    }
}

/// A question about one unix socket of this network namespace, for which no privilege is needed. The
/// kernel has answered by the time that it has taken the question.
///
/// The source is sock_diag(7).
struct UnixSocketQuery {
    let inode: UInt32

    private struct Request {
        var header = nlmsghdr()
        var body = unix_diag_req()
    }

    private static let operation = "ask for the queue of a unix socket"

    /// - Returns: `nil` if there is no such socket here.
    func queue() throws(SystemError) -> ListenQueue? {
        let type =
            Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            | Int32(SOCK_NONBLOCK.rawValue)
        let opened = systemCall { Glibc.socket(AF_NETLINK, type, NETLINK_SOCK_DIAG) }
        let netlink = FileDescriptor(owning: try opened.get(Self.operation))
        let raw = netlink.rawValue
        var request = request
        _ = try systemCall { send(raw, &request, MemoryLayout<Request>.size, 0) }
            .get(Self.operation)
        var reply = [UInt8](repeating: 0, count: 4_096)
        let received = reply.withUnsafeMutableBytes { buffer in
            systemCall { recv(raw, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) }
        }
        let count = try received.get(Self.operation)
        return reply.withUnsafeBytes { bytes in
            Self.queue(in: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
    }

    private var request: Request {
        var request = Request()
        request.header.nlmsg_len = UInt32(MemoryLayout<Request>.size)
        request.header.nlmsg_type = UInt16(SOCK_DIAG_BY_FAMILY)
        request.header.nlmsg_flags = UInt16(NLM_F_REQUEST)
        request.body.sdiag_family = UInt8(AF_UNIX)
        request.body.udiag_states = .max
        request.body.udiag_ino = inode
        request.body.udiag_show = UInt32(UDIAG_SHOW_RQLEN)
        // No cookie is known.
        request.body.udiag_cookie = (.max, .max)
        return request
    }

    /// Reads the attributes behind the two heads of a message.
    static func queue(in message: UnsafeRawBufferPointer) -> ListenQueue? {
        guard message.count >= MemoryLayout<nlmsghdr>.size else { return nil }
        let header = message.loadUnaligned(as: nlmsghdr.self)
        guard header.nlmsg_type == UInt16(SOCK_DIAG_BY_FAMILY) else { return nil }
        let end = min(message.count, Int(header.nlmsg_len))
        var place = MemoryLayout<nlmsghdr>.size + MemoryLayout<unix_diag_msg>.size
        while place + MemoryLayout<nlattr>.size <= end {
            let attribute = message.loadUnaligned(fromByteOffset: place, as: nlattr.self)
            let length = Int(attribute.nla_len)
            guard length >= MemoryLayout<nlattr>.size, place + length <= end else { return nil }
            let size = MemoryLayout<nlattr>.size + MemoryLayout<unix_diag_rqlen>.size
            if Int(attribute.nla_type) == Int(UNIX_DIAG_RQLEN), length >= size {
                let queue = message.loadUnaligned(
                    fromByteOffset: place + MemoryLayout<nlattr>.size, as: unix_diag_rqlen.self)
                return ListenQueue(length: queue.udiag_rqueue, limit: queue.udiag_wqueue)
            }
            place += (length + 3) & ~3
        }
        return nil
    }
}
