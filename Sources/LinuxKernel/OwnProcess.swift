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

    /// The program that it runs, by the path that it was executed by, made absolute: links in it are
    /// followed anew whenever it is used, so that it may come to another file. Where there is no
    /// program any more, the kernel's own name for ours.
    ///
    /// The corresponding C function is `getauxval(3)` of `AT_EXECFN`.
    package static var executable: String {
        let own = "/proc/self/exe"
        guard let name = UnsafePointer<CChar>(bitPattern: getauxval(UInt(AT_EXECFN))) else {
            return own
        }
        var path = String(cString: name)
        if !path.hasPrefix("/") {
            guard let directory = try? workingDirectory() else { return own }
            path = "\(directory)/\(path)"
        }
        return access(path, X_OK) == 0 ? path : own
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
