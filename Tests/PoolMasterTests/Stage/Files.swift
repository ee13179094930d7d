// Files as tests need them.

import Glibc
import LinuxKernel

enum Files {
    static func read(_ path: String) throws -> String {
        String(decoding: try FileSystem.readFile(path, limit: 1 << 22), as: UTF8.self)
    }

    static func write(_ path: String, _ text: String, mode: mode_t = 0o644) throws {
        try FileSystem.writeFile(path, text.utf8, mode: mode)
        chmod(path, mode)
    }

    /// A directory with all that is in it; nothing if there is none.
    static func remove(_ path: String) {
        for name in (try? FileSystem.listDirectory(path)) ?? nil ?? [] {
            let entry = "\(path)/\(name)"
            let isDirectory = (try? FileSystem.status(ofLink: entry))??.kind == .directory
            if isDirectory { remove(entry) } else { _ = try? FileSystem.unlink(entry) }
        }
        _ = try? FileSystem.removeDirectory(path)
    }
}
