// A bell that one thread rings and another one waits for.

import CLinux
import Glibc

/// An eventfd: readable from the first `ring` until `answer`.
package final class Wakeup: Sendable {
    package let descriptor: FileDescriptor

    /// The corresponding C function is `eventfd(2)`.
    package init() throws(SystemError) {
        let raw = try systemCall { eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) }
            .get("make an eventfd")
        descriptor = FileDescriptor(owning: raw)
    }

    /// From any thread; it never waits.
    package func ring() {
        let raw = descriptor.rawValue
        var one: UInt64 = 1
        // EAGAIN: it rings already, more often than can be counted.
        _ = systemCall { Glibc.write(raw, &one, 8) }
    }

    /// Waits on this thread until it rings, or for so long.
    ///
    /// - Returns: Whether it rings.
    package func wait(nanoseconds: Int64) -> Bool {
        let end = MonotonicClock.now() + nanoseconds
        while true {
            let left = max(0, end - MonotonicClock.now())
            var entry = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, Int32(clamping: (left + 999_999) / 1_000_000)) > 0 { return true }
            if left == 0 { return false }
        }
    }

    package func answer() {
        let raw = descriptor.rawValue
        var count: UInt64 = 0
        _ = systemCall { Glibc.read(raw, &count, 8) }
    }
}
