// Writing to a person's terminal, which a person may have stopped, without waiting for it.

import CLinux
import Glibc

extension StandardStream {
    /// An open file of our own, non-blocking, for the terminal or the pipe that this stream is: to
    /// set O_NONBLOCK on the stream itself would change it for the shell and for all who share it.
    ///
    /// Anything else is duplicated: a file never makes a writer wait, and a socket is asked not to
    /// by each send. So is a terminal that may be used but not opened, as after su(1); a write to
    /// that one may wait.
    ///
    /// The corresponding C function is `open(2)` of `/proc/self/fd/N`, proc(5).
    package func openForWaitlessWriting() throws(SystemError) -> FileDescriptor {
        let duplicate = try duplicate()
        guard try duplicate.status().kind == .other else { return duplicate }
        let flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        guard case .value(let raw) = systemCall("/proc/self/fd/\(rawValue)", { open($0, flags) })
        else { return duplicate }
        return FileDescriptor(owning: raw)
    }
}

extension FileDescriptor {
    /// Waits until a write would not.
    ///
    /// - Returns: Whether it would not; a stream with an error counts, as the write then fails at
    ///   once.
    ///
    /// The corresponding C function is `poll(2)`.
    package borrowing func waitUntilWritable(nanoseconds: Int64) -> Bool {
        var entry = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, Epoll.milliseconds(nanoseconds)) > 0
    }
}
