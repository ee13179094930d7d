// A file in memory that nobody can change any more.

import CLinux
import Glibc

package enum MemoryFile {
    /// Writes the bytes, then seals the file against any change and against unsealing.
    ///
    /// The corresponding C function is `memfd_create(2)`.
    package static func sealed(
        name: String, _ bytes: [UInt8]
    ) throws(SystemError) -> FileDescriptor {
        let operation = "make a memory file"
        let raw = try systemCall(name) { martlet_memfd_create($0) }.get(operation)
        let file = FileDescriptor(owning: raw)
        try FileSystem.write(bytes, to: file, operation)
        _ = try systemCall { martlet_memfd_seal(raw) }.get(operation)
        return file
    }
}
