// The client's side of a unix socket.

import CLinux
import Glibc

package enum ConnectingSocket {
    /// A stream socket connected to a unix socket's address, non-blocking and close-on-exec.
    ///
    /// - Parameter nanoseconds: How long to wait while the listener's queue is full.
    /// - Throws: ENOENT if there is no such file; ECONNREFUSED if nobody listens there any more;
    ///   EACCES if the file or a directory on the way is not for us; EAGAIN if the queue stayed
    ///   full.
    ///
    /// The corresponding C function is `connect(2)`, with `SO_SNDTIMEO` of socket(7).
    package static func connect(
        to address: SocketAddress, nanoseconds: Int64
    ) throws(SystemError) -> FileDescriptor {
        let operation = "connect to \(address)"
        guard address.family == AF_UNIX else {
            throw SystemError(code: EAFNOSUPPORT, operation: operation)
        }
        let socket = try ListeningSocket.makeSocket(AF_UNIX, SOCK_STREAM, operation)
        let raw = socket.rawValue
        // A non-blocking connect(2) does not wait for a full queue, and no epoll tells of room in
        // it; a blocking one waits as long as a send may.
        try socket.setNonBlocking(false)
        // 0 would be for ever.
        let microseconds = max(1, nanoseconds / 1_000)
        var limit = timeval(
            tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
        _ = try systemCall {
            setsockopt(
                raw, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }.get(operation)
        let connected = try address.withKernelForm { pointer, length in
            systemCall { Glibc.connect(raw, pointer, length) }
        }
        _ = try connected.get(operation)
        try socket.setNonBlocking(true)
        return socket
    }
}
