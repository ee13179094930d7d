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

    /// Whether this is the thread that the process began with.
    package static var isMainThread: Bool { martlet_is_main_thread() }

    /// The path of the program that it runs, which another file may have taken since; where the
    /// path is gone, the kernel's own name for the program.
    ///
    /// The corresponding C function is `readlink(2)` of `/proc/self/exe`.
    package static var executable: String {
        let link = "/proc/self/exe"
        let target = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { buffer in
            let count = readlink(link, buffer.baseAddress!, buffer.count)
            let bytes = UnsafeRawBufferPointer(buffer)[..<max(0, count)]
            return String(decoding: bytes, as: UTF8.self)
        }
        let mark = " (deleted)"
        let path = target.hasSuffix(mark) ? String(target.dropLast(mark.count)) : target
        return access(path, X_OK) == 0 ? path : link
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
