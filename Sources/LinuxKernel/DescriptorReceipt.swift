// Packets that bring descriptors along.
// Invariant: each descriptor that arrived is owned, close-on-exec, and closes when nobody wants it.

import CLinux
import Glibc
import Synchronization

/// How far a receipt came, and what came with it.
package struct DescriptorReceipt: Sendable {
    package let transfer: Transfer
    /// In the sender's order.
    package let descriptors: [PassedDescriptor]
    /// The packet was longer than the buffer; what did not fit is lost.
    package let isTruncated: Bool
}

/// A descriptor that waits for its owner; it closes if nobody takes it.
package final class PassedDescriptor: Sendable {
    private let rawValue: Atomic<Int32>

    package init(_ descriptor: consuming FileDescriptor) {
        rawValue = Atomic(descriptor.release())
    }

    deinit {
        let raw = rawValue.load(ordering: .acquiring)
        if raw >= 0 { _ = FileDescriptor(owning: raw) }
    }

    /// - Returns: `nil` if it was taken already.
    package func take() -> FileDescriptor? {
        let raw = rawValue.exchange(-1, ordering: .acquiringAndReleasing)
        guard raw >= 0 else { return nil }
        return FileDescriptor(owning: raw)
    }
}

extension FileDescriptor {
    /// Receives bytes and descriptors from a connected unix socket, never waiting.
    ///
    /// - Parameter most: How many descriptors are taken; those beyond are closed.
    ///
    /// The corresponding C function is `recvmsg(2)` with `SCM_RIGHTS`.
    package borrowing func receive(
        into buffer: UnsafeMutableRawBufferPointer, descriptors most: Int
    ) throws(SystemError) -> DescriptorReceipt {
        let raw = rawValue
        var received = martlet_received()
        var descriptors: [PassedDescriptor] = []
        let result = withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(most, 1)) {
            numbers in
            let result = systemCall {
                martlet_receive(
                    raw, buffer.baseAddress, buffer.count, numbers.baseAddress, most, &received)
            }
            for index in 0..<received.descriptor_count {
                descriptors.append(PassedDescriptor(FileDescriptor(owning: numbers[index])))
            }
            return result
        }
        return DescriptorReceipt(
            transfer: try Self.receipt(result, into: buffer, "receive descriptors"),
            descriptors: descriptors, isTruncated: received.truncated)
    }
}
