// Sockets we bind ourselves: the foreground's listener and the control socket.
// Invariant: a socket's file is never open to more people than its mode says, not even while it is
// being made; the file of a listener that lives is never taken from it.

import CLinux
import Glibc

/// Making sockets that accept connections, and accepting from them.
package enum ListeningSocket {
    /// systemd's default for `Backlog=`; the kernel lowers it to `net.core.somaxconn`.
    package static let backlog: Int32 = 4096

    /// A stream socket that listens at an address, non-blocking and close-on-exec.
    ///
    /// - Parameters:
    ///   - address: `[::]` accepts IPv4 as well. On a machine without IPv6 it becomes `0.0.0.0`.
    ///   - mode: Of a unix socket's file.
    /// - Throws: EADDRINUSE if somebody listens there.
    package static func make(
        at address: SocketAddress, mode: mode_t = 0o666
    ) throws(SystemError) -> FileDescriptor {
        let operation = "listen on \(address)"
        if case .inet6(let bytes, let port, _) = address, bytes.allSatisfy({ $0 == 0 }),
            !isFamilyAvailable(AF_INET6)
        {
            return try make(at: .inet4([0, 0, 0, 0], port: port), mode: mode)
        }
        let socket = try makeSocket(address.family, SOCK_STREAM, operation)
        switch address {
        case .inet4: try socket.setSocketOption(SO_REUSEADDR, to: 1)
        case .inet6:
            try socket.setSocketOption(SO_REUSEADDR, to: 1)
            try socket.setSocketOption(IPV6_V6ONLY, to: 0, level: Int32(IPPROTO_IPV6))
        default: break
        }
        try bind(socket, to: address, mode: mode, operation)
        let raw = socket.rawValue
        _ = try systemCall { listen(raw, backlog) }.get(operation)
        return socket
    }

    /// One waiting connection, non-blocking and close-on-exec.
    ///
    /// - Returns: `nil` if none waits, or if the next one was gone before it was taken.
    /// - Throws: EMFILE, ENFILE, ENOBUFS or ENOMEM while it stays in the queue: try again later.
    ///
    /// The corresponding C function is `accept4(2)`, with its advice on errors of the network.
    package static func accept(
        from socket: borrowing FileDescriptor
    ) throws(SystemError) -> FileDescriptor? {
        let listener = socket.rawValue
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let accepted = try systemCall { martlet_accept4(listener, flags) }.get(
            except: EAGAIN, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET,
            EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH, operation: "accept a connection")
        guard let accepted else { return nil }
        return FileDescriptor(owning: accepted)
    }

    /// Sets anew how many connections may wait: whoever shares the socket may have changed that.
    ///
    /// The corresponding C function is `listen(2)`.
    package static func setBacklog(
        _ count: Int32, of socket: borrowing FileDescriptor
    ) throws(SystemError) {
        let raw = socket.rawValue
        _ = try systemCall { listen(raw, count) }.get("set the backlog of a socket")
    }

    private static func isFamilyAvailable(_ family: Int32) -> Bool {
        let raw = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { return false }
        close(raw)
        return true
    }

    static func makeSocket(
        _ family: Int32, _ kind: __socket_type, _ operation: String
    ) throws(SystemError) -> FileDescriptor {
        let type =
            Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        return FileDescriptor(
            owning: try systemCall { Glibc.socket(family, type, 0) }.get(operation))
    }

    /// Binds; a unix socket's file gets its mode, and takes the place of one left by the dead.
    static func bind(
        _ socket: borrowing FileDescriptor, to address: SocketAddress, mode: mode_t,
        _ operation: String
    ) throws(SystemError) {
        let raw = socket.rawValue
        guard case .path(let path) = address else {
            _ = try address.withKernelForm { pointer, length in
                systemCall { Glibc.bind(raw, pointer, length) }
            }.get(operation)
            return
        }
        // bind(2) gives the file the socket's own mode less the umask, so it is never wider than
        // asked for; the umask's bits come back with chmod.
        _ = try systemCall { fchmod(raw, mode) }.get(operation)
        let bound = try address.withKernelForm { pointer, length in
            systemCall { Glibc.bind(raw, pointer, length) }
        }
        if case .failure(EADDRINUSE) = bound, try isAbandoned(path, address) {
            try FileSystem.unlink(path)
            _ = try address.withKernelForm { pointer, length in
                systemCall { Glibc.bind(raw, pointer, length) }
            }.get(operation)
        } else {
            _ = try bound.get(operation)
        }
        _ = try systemCall(path) { chmod($0, mode) }.get("set the mode of \(path)")
    }

    /// Whether the file is a socket that nobody has open any more.
    private static func isAbandoned(
        _ path: String, _ address: SocketAddress
    ) throws(SystemError) -> Bool {
        guard let status = try FileSystem.status(ofLink: path), status.kind == .socket else {
            return false
        }
        // The kernel looks for the owner first and compares kinds then: ECONNREFUSED is a file
        // without an owner, EPROTOTYPE a living socket of another kind.
        let probe = try makeSocket(AF_UNIX, SOCK_DGRAM, "ask who listens on \(path)")
        let raw = probe.rawValue
        let connected = try address.withKernelForm { pointer, length in
            systemCall { connect(raw, pointer, length) }
        }
        if case .failure(ECONNREFUSED) = connected { return true }
        return false
    }
}

/// Who is at the other end of a unix socket, by the kernel's word.
package struct PeerCredentials: Equatable, Sendable {
    /// 0 if the process is in a pid namespace that cannot be seen from here.
    package let pid: Int32
    package let user: UInt32
    package let group: UInt32

    init(_ credentials: martlet_credentials) {
        pid = credentials.pid
        user = credentials.uid
        group = credentials.gid
    }
}

extension FileDescriptor {
    /// Who connected: as it was at connect(2).
    ///
    /// The corresponding C function is `getsockopt(2)` with `SO_PEERCRED`.
    package borrowing func peerCredentials() throws(SystemError) -> PeerCredentials {
        let raw = rawValue
        var credentials = martlet_credentials()
        _ = try systemCall { martlet_peer_credentials(raw, &credentials) }
            .get("read the credentials of a peer")
        return PeerCredentials(credentials)
    }
}
