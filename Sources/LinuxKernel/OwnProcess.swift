// What this process knows of itself.

import CLinux
import Glibc

package enum OwnProcess {
    package static var pid: Int32 { getpid() }

    /// The effective user, whom a connection to the control socket must match, or be root.
    package static var user: UInt32 { geteuid() }

    /// The environment, `NAME=value` each, in the order of the C library. Bytes that are not UTF-8
    /// become U+FFFD.
    package static var environment: [String] {
        guard var entry = martlet_environment() else { return [] }
        var entries: [String] = []
        while let pointer = entry.pointee {
            entries.append(String(cString: pointer))
            entry += 1
        }
        return entries
    }

    /// One variable of it.
    ///
    /// The corresponding C function is `getenv(3)`.
    package static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// The corresponding C function is `getcwd(3)`.
    package static func workingDirectory() throws(SystemError) -> String {
        guard let path = getcwd(nil, 0) else {
            throw SystemError(code: errno, operation: "learn the working directory")
        }
        defer { free(path) }
        return String(cString: path)
    }
}
