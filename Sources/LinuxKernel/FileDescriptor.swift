// A file descriptor and the duty to close it.
// Invariant: it is open as long as the value lives, is closed exactly once, and was close-on-exec
// from birth unless it was inherited.

import CLinux
import Glibc

/// An owned descriptor. It cannot be copied, and closes when its life ends.
///
/// Classes may hold one as a property; collections cannot, see ``SharedDescriptor``.
package struct FileDescriptor: ~Copyable, Sendable {
    package let rawValue: Int32

    /// - Parameter rawValue: An open descriptor that nobody else will close.
    package init(owning rawValue: Int32) {
        precondition(rawValue >= 0, "a descriptor is not negative")
        self.rawValue = rawValue
    }

    deinit {
        // Not repeated after EINTR: Linux has released the number by then, and another thread may
        // have it already. EBADF says that somebody closed what is ours, and that the next to get
        // the number will lose it: a fault of ours, never an error.
        let result = Glibc.close(rawValue)
        precondition(result == 0 || errno != EBADF, "a descriptor was closed twice")
    }

    /// Gives up the duty to close it.
    package consuming func release() -> Int32 {
        let rawValue = rawValue
        discard self
        return rawValue
    }

    /// Another descriptor, close-on-exec, for the same open file.
    ///
    /// The corresponding C function is `fcntl(2)` with `F_DUPFD_CLOEXEC`.
    package borrowing func duplicate() throws(SystemError) -> FileDescriptor {
        try Self.duplicate(unowned: rawValue)
    }

    /// An owned duplicate of a descriptor that stays the property of somebody else, such as
    /// standard error.
    package static func duplicate(unowned rawValue: Int32) throws(SystemError) -> FileDescriptor {
        let duplicate = try systemCall { fcntl(rawValue, F_DUPFD_CLOEXEC, 3) }
            .get("duplicate descriptor \(rawValue)")
        return FileDescriptor(owning: duplicate)
    }
}

extension FileDescriptor {
    /// Sets or clears O_NONBLOCK: a property of the open file, so of every process that shares it.
    package borrowing func setNonBlocking(_ wanted: Bool = true) throws(SystemError) {
        let raw = rawValue
        let flags = try systemCall { fcntl(raw, F_GETFL) }.get("read the flags of a descriptor")
        let changed = wanted ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
        guard changed != flags else { return }
        _ = try systemCall { fcntl(raw, F_SETFL, changed) }.get("set the flags of a descriptor")
    }

    package borrowing func isNonBlocking() throws(SystemError) -> Bool {
        let raw = rawValue
        let flags = try systemCall { fcntl(raw, F_GETFL) }.get("read the flags of a descriptor")
        return flags & O_NONBLOCK != 0
    }

    /// Sets or clears FD_CLOEXEC: a property of this descriptor alone.
    package borrowing func setCloseOnExec(_ wanted: Bool = true) throws(SystemError) {
        let raw = rawValue
        _ = try systemCall { fcntl(raw, F_SETFD, wanted ? FD_CLOEXEC : 0) }
            .get("set the flags of a descriptor")
    }

    package borrowing func isCloseOnExec() throws(SystemError) -> Bool {
        let raw = rawValue
        return try systemCall { fcntl(raw, F_GETFD) }.get("read the flags of a descriptor")
            & FD_CLOEXEC != 0
    }
}
