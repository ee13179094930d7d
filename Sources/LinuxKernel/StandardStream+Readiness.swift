// Whether a person's terminal takes more at the moment.

import Glibc

extension StandardStream {
    /// Whether a write of up to PIPE_BUF bytes would not wait. A stream with an error counts as
    /// ready, as the write then fails at once.
    ///
    /// The corresponding C function is `poll(2)`.
    package var isWritableNow: Bool {
        var entry = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, 0) != 0
    }
}
