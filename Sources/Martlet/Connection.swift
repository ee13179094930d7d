// A client that has connected.
// Invariant: its descriptor is closed once, by whoever owns it; the pool counts it as open as long as
// the value lives.

import Glibc
import LinuxKernel
import Synchronization

/// An accepted connection, not waiting (`O_NONBLOCK`) and close-on-exec.
///
/// The descriptor closes when the last reference goes. A framework that closes descriptors itself
/// gets it by ``release()``; keep the connection then as long as the framework has it, since
/// `Dispatch=least-connections` counts connections by their values.
public final class Connection: Sendable {
    /// The `FileDescriptorName=` of the socket it came to.
    public let listener: String
    /// Open as long as this value lives, or until whoever it was released to closes it. Reads and
    /// writes that would wait fail with `EAGAIN`: poll(2) first, or leave it to an event loop.
    public let descriptor: Int32
    private let isOurs = Atomic<Bool>(true)
    private let onEnd: @Sendable () -> Void

    init(
        _ descriptor: consuming FileDescriptor, listener: String,
        onEnd: @escaping @Sendable () -> Void
    ) {
        self.listener = listener
        self.onEnd = onEnd
        self.descriptor = descriptor.release()
    }

    deinit {
        if isOurs.load(ordering: .acquiring) { _ = FileDescriptor(owning: descriptor) }
        onEnd()
    }

    /// Where the client is: `192.0.2.1:40000`, `[2001:db8::1]:40000`, `(unnamed)` for a unix socket;
    /// `nil` if it is gone. The kernel is asked each time, by its number: not after whoever the
    /// descriptor was released to has closed it.
    ///
    /// The corresponding C function is `getpeername(2)`.
    public var peer: String? {
        // Borrowed: what is released is not closed.
        let borrowed = FileDescriptor(owning: descriptor)
        let address = try? borrowed.peerAddress()
        _ = borrowed.release()
        return address?.description
    }

    /// Gives up the duty to close the descriptor. The value still counts as an open connection of
    /// this worker as long as it lives.
    ///
    /// - Returns: The descriptor, which is the caller's to close; the same each time.
    public func release() -> Int32 {
        isOurs.store(false, ordering: .releasing)
        return descriptor
    }
}
