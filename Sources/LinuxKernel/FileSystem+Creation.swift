// Files that must not be there yet.
// Invariant: what is there already is never touched, and a new file appears whole or not at all.

import Glibc

extension FileSystem {
    /// Makes a new file; its content is written beside it and gets its name at once.
    ///
    /// - Throws: EEXIST if anything has that name, a link that leads nowhere included.
    ///
    /// The corresponding C function is `link(2)`.
    package static func createFile(
        _ path: String, _ bytes: some Collection<UInt8>, mode: mode_t = 0o644
    ) throws(SystemError) {
        let temporary = "\(path).\(getpid()).new"
        // Not of a process that had our pid: only one that is gone can have left it.
        try unlink(temporary)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let raw = try systemCall(temporary) { open($0, flags, mode) }.get("create \(path)")
        let file = FileDescriptor(owning: raw)
        defer { _ = systemCall(temporary) { Glibc.unlink($0) } }
        try write(bytes, to: file, temporary)
        // Unlike rename(2) it takes nobody's place.
        let linked = path.withCString { target in systemCall(temporary) { link($0, target) } }
        _ = try linked.get("create \(path)")
    }
}
