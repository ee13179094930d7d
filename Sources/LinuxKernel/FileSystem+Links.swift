// What a symbolic link says.

import Glibc

extension FileSystem {
    /// Where a link leads to, as it is written; `nil` if there is no such link.
    ///
    /// - Throws: ENAMETOOLONG for a target of more than PATH_MAX bytes.
    ///
    /// The corresponding C function is `readlink(2)`.
    package static func target(ofLink path: String) throws(SystemError) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let operation = "read the link \(path)"
        let count = try buffer.withUnsafeMutableBytes { bytes in
            let target = bytes.assumingMemoryBound(to: CChar.self).baseAddress!
            return systemCall(path) { readlink($0, target, bytes.count) }
        }.get(except: ENOENT, EINVAL, operation: operation)
        guard let count else { return nil }
        guard count < buffer.count else {
            throw SystemError(code: ENAMETOOLONG, operation: operation)
        }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
