// Unix datagram sockets at a path: what a worker's NOTIFY_SOCKET is.
// Invariant: receiving never waits and never leaves a foreign descriptor open in this process.

import CLinux
import Glibc

/// One message, apart from its bytes.
package struct ReceivedDatagram: Equatable, Sendable {
    /// How many bytes of the buffer it filled.
    package let length: Int
    /// It was longer than the buffer; what did not fit is lost.
    package let isTruncated: Bool
    /// `nil` if the kernel did not say.
    package let sender: PeerCredentials?
}

package enum DatagramSocket {
    /// Binds a socket that learns each sender's credentials; non-blocking and close-on-exec.
    /// The file is the caller's to unlink.
    ///
    /// - Parameter mode: Of the file; who may send must be able to write to it.
    package static func bind(
        path: String, mode: mode_t = 0o600
    ) throws(SystemError) -> FileDescriptor {
        let operation = "receive datagrams at \(path)"
        let socket = try ListeningSocket.makeSocket(AF_UNIX, SOCK_DGRAM, operation)
        // Before bind, so that no message can come without its sender.
        try socket.setSocketOption(SO_PASSCRED, to: 1)
        try ListeningSocket.bind(socket, to: .path(path), mode: mode, operation)
        return socket
    }

    /// How long the next message is, which is copied as far as there is room and stays where it is; `nil` if
    /// none waits.
    ///
    /// The corresponding C function is `recv(2)` with `MSG_PEEK` and `MSG_TRUNC`.
    package static func peek(
        at socket: borrowing FileDescriptor, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int? {
        let raw = socket.rawValue
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_PEEK) | Int32(MSG_TRUNC)
        return try systemCall {
            recv(raw, buffer.baseAddress, buffer.count, flags)
        }.get(except: EAGAIN, operation: "look at a datagram")
    }

    /// Drops the next message, with the descriptors that came with it.
    ///
    /// The corresponding C function is `recv(2)`.
    package static func drop(from socket: borrowing FileDescriptor) throws(SystemError) {
        let raw = socket.rawValue
        _ = try systemCall {
            recv(raw, nil, 0, Int32(MSG_DONTWAIT))
        }.get(except: EAGAIN, operation: "drop a datagram")
    }

    /// The next message, or `nil` if none waits. Descriptors sent with it are dropped, which
    /// also is the answer to `BARRIER=1` of sd_notify_barrier(3).
    ///
    /// The corresponding C function is `recvmsg(2)`.
    package static func receive(
        from socket: borrowing FileDescriptor, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> ReceivedDatagram? {
        let raw = socket.rawValue
        var received = martlet_received()
        let length = try systemCall {
            martlet_receive(raw, buffer.baseAddress, buffer.count, nil, 0, &received)
        }.get(except: EAGAIN, operation: "receive a datagram")
        guard let length else { return nil }
        return ReceivedDatagram(
            length: length, isTruncated: received.truncated,
            sender: received.has_credentials ? PeerCredentials(received.credentials) : nil)
    }

    /// A socket to send from.
    package static func unbound() throws(SystemError) -> FileDescriptor {
        try ListeningSocket.makeSocket(AF_UNIX, SOCK_DGRAM, "make a datagram socket")
    }

    /// How a message went.
    package enum Sending: Equatable, Sendable {
        case sent
        /// The receiver's queue is full.
        case wouldBlock
        /// Nobody receives there.
        case absent
        /// It must be sent some other way: EMSGSIZE, or ENOBUFS.
        case tooLong
    }

    /// Sends one message, with descriptors, to a path, never waiting.
    ///
    /// The corresponding C function is `sendmsg(2)`.
    package static func send(
        _ bytes: [UInt8], descriptors: [SharedDescriptor] = [],
        to address: SocketAddress, from socket: borrowing FileDescriptor
    ) throws(SystemError) -> Sending {
        let raw = socket.rawValue
        let numbers = descriptors.map(\.rawValue)
        let result = try address.withKernelForm { pointer, length in
            systemCall {
                martlet_send(raw, bytes, bytes.count, numbers, numbers.count, pointer, length)
            }
        }
        // The numbers alone do not keep what they stand for open.
        withExtendedLifetime(descriptors) {}
        switch result {
        case .value: return .sent
        case .failure(EAGAIN): return .wouldBlock
        case .failure(ENOENT), .failure(ECONNREFUSED), .failure(ENOTDIR): return .absent
        case .failure(EMSGSIZE), .failure(ENOBUFS): return .tooLong
        case .failure(let code): throw SystemError(code: code, operation: "send to \(address)")
        }
    }
}
