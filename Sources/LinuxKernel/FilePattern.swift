// Names of files by a pattern, as a shell matches them.

import CLinux
import Glibc

/// `*`, `?` and `[…]`; a star also stands for what begins with a dot, and for slashes.
package struct FilePattern: Equatable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// The corresponding C function is `fnmatch(3)`.
    package func matches(_ name: String) -> Bool {
        text.withCString { pattern in name.withCString { fnmatch(pattern, $0, 0) == 0 } }
    }
}
