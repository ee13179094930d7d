// Whether a process has ended, and the one wait there is, for a child that nothing can report.

import Glibc

extension ChildProcess {
    /// Waits until the process has ended, without reaping it.
    ///
    /// The corresponding C function is `poll(2)` on the pidfd.
    package func waitForExit() throws(SystemError) {
        var entry = pollfd(fd: pidfd.rawValue, events: Int16(POLLIN), revents: 0)
        _ = try systemCall { poll(&entry, 1, -1) }.get("wait for process \(pid)")
    }

    /// Whether it has ended, as far as any process may know.
    func hasEnded() throws(SystemError) -> Bool {
        var entry = pollfd(fd: pidfd.rawValue, events: Int16(POLLIN), revents: 0)
        return try systemCall { poll(&entry, 1, 0) }.get("look at process \(pid)") > 0
    }
}
