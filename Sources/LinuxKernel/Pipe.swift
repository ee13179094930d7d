// A pipe whose reader never waits.

import CLinux
import Glibc

package enum Pipe {
    /// Both ends are close-on-exec; the reader is non-blocking, the writer is as a program expects.
    ///
    /// The corresponding C function is `pipe2(2)`.
    package static func make() throws(SystemError) -> (
        reader: SharedDescriptor, writer: SharedDescriptor
    ) {
        var ends: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutableBytes(of: &ends) { bytes in
            systemCall {
                martlet_pipe2(
                    bytes.baseAddress!.assumingMemoryBound(to: Int32.self), Int32(O_CLOEXEC))
            }
        }
        _ = try result.get("make a pipe")
        let reader = SharedDescriptor(FileDescriptor(owning: ends.0))
        let writer = SharedDescriptor(FileDescriptor(owning: ends.1))
        try reader.descriptor.setNonBlocking()
        return (reader, writer)
    }
}

extension FileDescriptor {
    /// Waits until nobody holds the other end of a pipe or a connection any more.
    ///
    /// - Returns: Whether that is so, within the time.
    ///
    /// The corresponding C function is `poll(2)`.
    package borrowing func awaitHangUp(nanoseconds: Int64) throws(SystemError) -> Bool {
        var entry = pollfd(fd: rawValue, events: 0, revents: 0)
        let (sum, overflow) = MonotonicClock.now().addingReportingOverflow(max(0, nanoseconds))
        let deadline = overflow ? .max : sum
        return try systemCall {
            poll(&entry, 1, Epoll.milliseconds(deadline - MonotonicClock.now()))
        }.get("wait for the other end of a pipe") > 0
    }
}
