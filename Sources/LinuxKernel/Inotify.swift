// Changes in directories, as the kernel tells them.
// Invariant: a watch is known by the number the kernel gave it, and a number that was given up is
// never told of again after its end has been told.

import CLinux
import Glibc

/// One thing that happened in a directory that is watched.
package struct DirectoryChange: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// A name came to be there that was not there before.
        case made
        /// Something was moved to this name, perhaps in the place of something else.
        case came
        /// A name is gone, by being removed or by being moved.
        case went
        /// A file that was open for writing was closed.
        case written
        /// The directory itself was moved; the watch goes on with it.
        case moved
        /// The watch has ended: the directory is gone, or nobody wanted it any more.
        case ended
        /// There was more than the kernel keeps; what is missing, nobody knows. Of no directory.
        case overflow
    }

    package let watch: Int32
    package let kind: Kind
    /// In the directory; empty for what is told of the directory itself.
    package let name: String
    /// Whether the name is that of a directory.
    package let isDirectory: Bool
}

package struct Inotify: ~Copyable {
    /// Readable when something has happened.
    package let descriptor: FileDescriptor

    /// The corresponding C function is `inotify_init1(2)`.
    package init() throws(SystemError) {
        let raw = try systemCall { inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)) }
            .get("open a descriptor for changes of files")
        descriptor = FileDescriptor(owning: raw)
    }

    private static let wanted = UInt32(
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_MOVE_SELF
            | IN_EXCL_UNLINK | IN_ONLYDIR)

    /// Watches a directory, but not those below it. A directory that is watched already keeps its
    /// number.
    ///
    /// - Returns: The number of the watch; `nil` if there is no such directory.
    /// - Throws: ENOSPC when this user has as many watches as it may have.
    ///
    /// The corresponding C function is `inotify_add_watch(2)`.
    package borrowing func watch(_ path: String) throws(SystemError) -> Int32? {
        let raw = descriptor.rawValue
        return try systemCall(path) { inotify_add_watch(raw, $0, Self.wanted) }
            .get(except: ENOENT, ENOTDIR, operation: "watch the directory \(path)")
    }

    /// Ends a watch, which may have ended by itself.
    ///
    /// The corresponding C function is `inotify_rm_watch(2)`.
    package borrowing func forget(_ watch: Int32) {
        let raw = descriptor.rawValue
        _ = systemCall { inotify_rm_watch(raw, watch) }
    }

    /// What has happened since the last time, as much as is told at once; nothing is an empty array.
    package borrowing func read() throws(SystemError) -> [DirectoryChange] {
        let raw = descriptor.rawValue
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = try buffer.withUnsafeMutableBytes { bytes in
            systemCall { Glibc.read(raw, bytes.baseAddress, bytes.count) }
        }.get(except: EAGAIN, operation: "read changes of files")
        guard let count else { return [] }
        return buffer.withUnsafeBytes {
            Self.changes(in: UnsafeRawBufferPointer(rebasing: $0[..<count]))
        }
    }

    /// The kernel writes whole entries only, inotify(7).
    private static func changes(in bytes: UnsafeRawBufferPointer) -> [DirectoryChange] {
        let head = MemoryLayout<inotify_event>.size
        var changes: [DirectoryChange] = []
        var offset = 0
        while offset + head <= bytes.count {
            let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
            let end = min(offset + head + Int(event.len), bytes.count)
            // Filled up with zeroes.
            let name = bytes[(offset + head)..<end].prefix { $0 != 0 }
            if let kind = DirectoryChange.Kind(mask: event.mask) {
                changes.append(
                    DirectoryChange(
                        watch: event.wd, kind: kind, name: String(decoding: name, as: UTF8.self),
                        isDirectory: event.mask & UInt32(IN_ISDIR) != 0))
            }
            offset = end
        }
        return changes
    }
}

extension DirectoryChange.Kind {
    fileprivate init?(mask: UInt32) {
        func has(_ flags: Int32...) -> Bool {
            flags.contains { mask & UInt32(bitPattern: $0) != 0 }
        }
        if has(IN_Q_OVERFLOW) {
            self = .overflow
        } else if has(IN_IGNORED) {
            self = .ended
        } else if has(IN_MOVE_SELF) {
            self = .moved
        } else if has(IN_CREATE) {
            self = .made
        } else if has(IN_MOVED_TO) {
            self = .came
        } else if has(IN_DELETE, IN_MOVED_FROM) {
            self = .went
        } else if has(IN_CLOSE_WRITE) {
            self = .written
        } else {
            return nil
        }
    }
}
