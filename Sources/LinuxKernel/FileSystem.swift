// The few things a daemon does with files.
// Invariant: nothing is read without a limit, and what is written appears whole or not at all.

import CLinux
import Glibc

/// What a file is and whose it is.
package struct FileStatus: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case regular, directory, symbolicLink, socket, other
    }

    package let kind: Kind
    /// The permissions, with the set-id and sticky bits.
    package let mode: mode_t
    package let owner: UInt32
    package let group: UInt32
    package let size: Int64
    package let device: UInt64
    package let inode: UInt64
    /// Nanoseconds since 1970.
    package let modified: Int64

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        case S_IFSOCK: kind = .socket
        default: kind = .other
        }
        mode = status.st_mode & 0o7777
        owner = status.st_uid
        group = status.st_gid
        size = Int64(status.st_size)
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    }
}

package enum FileSystem {
    /// `nil` if there is no such file; links are followed.
    ///
    /// The corresponding C function is `stat(2)`.
    package static func status(of path: String) throws(SystemError) -> FileStatus? {
        var status = stat()
        let found = try systemCall(path) { stat($0, &status) }
            .get(except: ENOENT, ENOTDIR, operation: "look at \(path)")
        return found == nil ? nil : FileStatus(status)
    }

    /// `nil` if there is no such file; a link is looked at itself.
    ///
    /// The corresponding C function is `lstat(2)`.
    package static func status(ofLink path: String) throws(SystemError) -> FileStatus? {
        var status = stat()
        let found = try systemCall(path) { lstat($0, &status) }
            .get(except: ENOENT, ENOTDIR, operation: "look at \(path)")
        return found == nil ? nil : FileStatus(status)
    }

    /// The whole file.
    ///
    /// - Throws: EFBIG for a file of more than `limit` bytes; EISDIR for a directory.
    package static func readFile(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        // Non-blocking for the FIFO somebody has put in a file's place.
        let raw = try systemCall(path) { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
            .get("open \(path)")
        return try read(FileDescriptor(owning: raw), path, limit)
    }

    static func read(
        _ file: consuming FileDescriptor, _ path: @autoclosure () -> String, _ limit: Int
    ) throws(SystemError) -> [UInt8] {
        let raw = file.rawValue
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = try chunk.withUnsafeMutableBytes { buffer in
                systemCall { Glibc.read(raw, buffer.baseAddress, buffer.count) }
            }.get("read \(path())")
            if count == 0 { return content }
            content.append(contentsOf: chunk[..<count])
            if content.count > limit {
                throw SystemError(code: EFBIG, operation: "read \(path()) (limit: \(limit) bytes)")
            }
        }
    }

    /// Replaces a file: the new content is written beside it and takes its place at once.
    package static func writeFile(
        _ path: String, _ bytes: some Collection<UInt8>, mode: mode_t = 0o644
    ) throws(SystemError) {
        let temporary = "\(path).\(getpid()).new"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        var opened = systemCall(temporary) { open($0, flags, mode) }
        if case .failure(EEXIST) = opened {
            // Left by a process that had our pid.
            try unlink(temporary)
            opened = systemCall(temporary) { open($0, flags, mode) }
        }
        let file = FileDescriptor(owning: try opened.get("create \(temporary)"))
        do throws(SystemError) {
            try write(bytes, to: file, temporary)
            try rename(temporary, to: path)
        } catch {
            _ = systemCall(temporary) { Glibc.unlink($0) }
            throw error
        }
    }

    static func write(
        _ bytes: some Collection<UInt8>, to file: borrowing FileDescriptor, _ path: String
    ) throws(SystemError) {
        let raw = file.rawValue
        let bytes = Array(bytes)
        var written = 0
        while written < bytes.count {
            written += try bytes[written...].withUnsafeBytes { rest in
                systemCall { Glibc.write(raw, rest.baseAddress, rest.count) }
            }.get("write \(path)")
        }
    }

    /// The corresponding C function is `rename(2)`.
    package static func rename(_ old: String, to new: String) throws(SystemError) {
        let result = new.withCString { target in systemCall(old) { Glibc.rename($0, target) } }
        _ = try result.get("rename \(old) to \(new)")
    }

    /// Removes a file that may be gone already.
    ///
    /// - Returns: Whether it was there.
    ///
    /// The corresponding C function is `unlink(2)`.
    @discardableResult
    package static func unlink(_ path: String) throws(SystemError) -> Bool {
        try systemCall(path) { Glibc.unlink($0) }
            .get(except: ENOENT, operation: "remove \(path)") != nil
    }

    /// Makes a directory unless it is there; the umask applies.
    ///
    /// - Returns: Whether it was made.
    ///
    /// The corresponding C function is `mkdir(2)`.
    @discardableResult
    package static func makeDirectory(
        _ path: String, mode: mode_t = 0o755
    ) throws(SystemError) -> Bool {
        let made = try systemCall(path) { mkdir($0, mode) }
            .get(except: EEXIST, operation: "make the directory \(path)")
        if made != nil { return true }
        if let status = try status(of: path), status.kind == .directory { return false }
        throw SystemError(code: ENOTDIR, operation: "make the directory \(path)")
    }

    /// Makes a directory and those above it.
    package static func makeDirectories(
        _ path: String, mode: mode_t = 0o755
    ) throws(SystemError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for component in path.split(separator: "/") {
            prefix += component
            try makeDirectory(prefix, mode: mode)
            prefix += "/"
        }
    }

    /// Removes an empty directory that may be gone already.
    ///
    /// The corresponding C function is `rmdir(2)`.
    @discardableResult
    package static func removeDirectory(_ path: String) throws(SystemError) -> Bool {
        try systemCall(path) { rmdir($0) }
            .get(except: ENOENT, operation: "remove the directory \(path)") != nil
    }

    /// The corresponding C function is `symlink(2)`.
    package static func makeSymbolicLink(
        _ path: String, to target: String
    ) throws(SystemError) {
        let result = target.withCString { target in systemCall(path) { symlink(target, $0) } }
        _ = try result.get("link \(path) to \(target)")
    }

    /// The names in a directory, in byte order, without `.` and `..`; `nil` if there is none.
    package static func listDirectory(_ path: String) throws(SystemError) -> [String]? {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let raw = try systemCall(path) { open($0, flags) }
            .get(except: ENOENT, operation: "open the directory \(path)")
        guard let raw else { return nil }
        return try list(FileDescriptor(owning: raw), path).map(\.name)
    }

    /// The names of the directories in a directory, links to directories left out; `nil` if there is
    /// no such directory.
    package static func listSubdirectories(_ path: String) throws(SystemError) -> [String]? {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let raw = try systemCall(path) { open($0, flags) }
            .get(except: ENOENT, ENOTDIR, operation: "open the directory \(path)")
        guard let raw else { return nil }
        var names: [String] = []
        for entry in try list(FileDescriptor(owning: raw), path) {
            if entry.type == UInt8(DT_UNKNOWN) {
                let status = try status(ofLink: "\(path)/\(entry.name)")
                if status?.kind == .directory { names.append(entry.name) }
            } else if entry.type == UInt8(DT_DIR) {
                names.append(entry.name)
            }
        }
        return names
    }

    struct DirectoryEntry {
        let name: String
        /// DT_UNKNOWN where the file system does not say.
        let type: UInt8
    }

    static func list(
        _ directory: consuming FileDescriptor, _ path: @autoclosure () -> String
    ) throws(SystemError) -> [DirectoryEntry] {
        // The stream owns the number from here on.
        let raw = directory.release()
        guard let stream = fdopendir(raw) else {
            let code = errno
            close(raw)
            throw SystemError(code: code, operation: "list \(path())")
        }
        defer { closedir(stream) }
        var entries: [DirectoryEntry] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                let code = errno
                guard code == 0 else { throw SystemError(code: code, operation: "list \(path())") }
                return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            entries.append(DirectoryEntry(name: name, type: entry.pointee.d_type))
        }
    }
}

extension FileDescriptor {
    /// The corresponding C function is `fstat(2)`.
    package borrowing func status() throws(SystemError) -> FileStatus {
        let raw = rawValue
        var status = stat()
        _ = try systemCall { fstat(raw, &status) }.get("look at a descriptor")
        return FileStatus(status)
    }
}
