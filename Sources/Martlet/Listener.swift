// A socket that the pool shares with all its workers.

import LinuxKernel

/// A listening socket, or a datagram socket, that this process has inherited.
///
/// It is bound, listens, and does not wait (`O_NONBLOCK`). It stays open as long as the process; a
/// program that hands ``descriptor`` to something which closes it, such as SwiftNIO's
/// `ServerBootstrap.withBoundSocket(_:)`, may do that once.
public struct Listener: Sendable {
    /// Its `FileDescriptorName=`; where that is not set, the pool's name.
    public let name: String
    /// Owned by this library, and not closed before the process ends. What is set on it holds for
    /// all workers of the pool, such as the length of the queue that listen(2) sets.
    public let descriptor: Int32
    /// Where it is, as in `ListenStream=`: `127.0.0.1:80`, `[::1]:80`, `/run/x.sock`, `@name`.
    public let address: String
    /// Whether connections come to it; else datagrams do.
    public let isListening: Bool
}
