// Files of the repository and of the build, wherever they are.

import Glibc
import LinuxKernel
import Testing

enum Fixture {
    static let root = String(
        #filePath.dropLast("/Tests/PoolMasterTests/Stage/Fixture.swift".count))

    static func text(_ path: String) throws -> String {
        String(decoding: try FileSystem.readFile("\(root)/\(path)", limit: 1 << 20), as: UTF8.self)
    }

    /// A program of this package; it is built beside the tests.
    static func program(_ name: String) throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let length = buffer.withUnsafeMutableBytes { bytes in
            readlink("/proc/self/exe", bytes.baseAddress!, bytes.count)
        }
        try #require(length > 0)
        let tests = String(decoding: buffer[..<length], as: UTF8.self)
        return "\(tests[..<(try #require(tests.lastIndex(of: "/")))])/\(name)"
    }

    static let isRoot = OwnProcess.user == 0
}
