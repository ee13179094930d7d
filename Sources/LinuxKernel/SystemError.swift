// A system call that failed: its errno, and what it was to achieve.

import CLinux
import Glibc

/// The only error of this module and of `Systemd`.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The errno.
    package let code: Int32
    /// What was tried, so worded that it follows "could not": `open /etc/martlet/web.conf`.
    package let operation: String

    package init(code: Int32, operation: String) {
        self.code = code
        self.operation = operation
    }

    /// The errno's constant, such as `ENOENT`.
    package var name: String { Self.name(of: code) }

    /// The errno in words, such as "No such file or directory".
    package var reason: String { Self.reason(of: code) }

    /// EADDRINUSE: somebody else is there.
    package var isAddressInUse: Bool { code == EADDRINUSE }

    /// EACCES or EPERM: somebody with more privileges may try.
    package var isForbidden: Bool { code == EACCES || code == EPERM }

    /// ENOSPC: a disk is full, or the share of something that a user may have is used up.
    package var isOutOfSpace: Bool { code == ENOSPC }

    package var description: String { "could not \(operation): \(reason) (\(name))" }

    /// The corresponding C function is `strerrorname_np(3)`.
    package static func name(of code: Int32) -> String {
        String(cString: martlet_error_name(code))
    }

    /// The corresponding C function is `strerrordesc_np(3)`: English, whatever the locale is.
    package static func reason(of code: Int32) -> String {
        String(cString: martlet_error_text(code))
    }
}
