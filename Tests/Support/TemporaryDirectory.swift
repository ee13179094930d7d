// A directory of a test's own.

import Glibc
import LinuxKernel

/// A directory under /tmp that is gone, with all that is in it, when this is let go.
package final class TemporaryDirectory {
    package let path: String

    package init() throws {
        var template = Array("/tmp/martlet-test.XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) }
        guard let made else { throw SupportFailed("could not make a directory in /tmp") }
        path = String(cString: made)
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        for name in (try? FileSystem.listDirectory(path)) ?? [] {
            let entry = "\(path)/\(name)"
            let isDirectory = (try? FileSystem.status(ofLink: entry))?.kind == .directory
            if isDirectory { remove(entry) } else { _ = try? FileSystem.unlink(entry) }
        }
        _ = try? FileSystem.removeDirectory(path)
    }
}
