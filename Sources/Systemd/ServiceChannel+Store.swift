// What systemd keeps for the next process of this service: its file descriptor store.
// Invariant: a message names one thing to keep or to forget, or is a barrier.
//
// systemd says nothing to what it does not keep: with `FileDescriptorStoreMax=` used up, or without
// it, the descriptors are closed.

import Glibc
import LinuxKernel

extension ServiceChannel {
    /// Has descriptors kept until they are unstored, or the service is stopped; they come back
    /// under this name, by ``Activation/take()``. They are kept also when their peer or process is
    /// gone (`FDPOLL=0`): the next master is to learn of that. Storing what is stored already changes
    /// nothing.
    ///
    /// - Parameters:
    ///   - name: 1 to 255 printable characters of ASCII but for the colon.
    ///   - descriptors: At most 253.
    /// - Throws: EINVAL for any other name, which systemd would leave out, and for no descriptors.
    ///
    /// The source is `FDSTORE=1` in sd_notify(3).
    package func store(
        _ name: String, _ descriptors: [SharedDescriptor]
    ) throws(SystemError) {
        guard Self.isValid(name), (1...253).contains(descriptors.count) else {
            throw SystemError(code: EINVAL, operation: "store \(descriptors.count) of \(name)")
        }
        try send("FDSTORE=1\nFDPOLL=0\nFDNAME=\(name)", with: descriptors)
    }

    /// Has everything of this name closed, if there is any.
    ///
    /// The source is `FDSTOREREMOVE=1` in sd_notify(3).
    package func unstore(_ name: String) throws(SystemError) {
        guard Self.isValid(name) else {
            throw SystemError(code: EINVAL, operation: "remove \(name) from the store")
        }
        try send("FDSTOREREMOVE=1\nFDNAME=\(name)")
    }

    /// Waits until the manager has read all that was sent before.
    ///
    /// - Returns: Whether it has, within this time.
    ///
    /// The source is `BARRIER=1` in sd_notify(3); the corresponding C function is
    /// sd_notify_barrier(3).
    package func barrier(within time: Duration) throws(SystemError) -> Bool {
        let nanoseconds = time.wholeMicroseconds.multipliedReportingOverflow(by: 1_000)
        let reader = try sendBarrier()
        return try reader.descriptor.awaitHangUp(
            nanoseconds: nanoseconds.overflow ? .max : nanoseconds.partialValue)
    }

    /// The manager's copy of the pipe's other end is the only one when this returns; it closes that
    /// when it comes to the message.
    private func sendBarrier() throws(SystemError) -> SharedDescriptor {
        let (reader, writer) = try Pipe.make()
        try send("BARRIER=1", with: [writer])
        return reader
    }

    /// systemd's `fdname_is_valid`, but for the empty name.
    private static func isValid(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ":") }
    }
}
