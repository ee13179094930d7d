// The one wait there is, for a child that nothing can report.

import Glibc

extension ChildProcess {
    /// Waits until the process has ended, without reaping it.
    ///
    /// The corresponding C function is `poll(2)` on the pidfd.
    package func waitForExit() throws(SystemError) {
        var entry = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        _ = try systemCall { poll(&entry, 1, -1) }.get("wait for process \(pid)")
    }
}
