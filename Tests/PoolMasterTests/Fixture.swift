import LinuxKernel

/// Files of the repository, wherever it was checked out.
enum Fixture {
    static let root = String(#filePath.dropLast("/Tests/PoolMasterTests/Fixture.swift".count))

    static func text(_ path: String) throws -> String {
        String(decoding: try FileSystem.readFile("\(root)/\(path)", limit: 1 << 20), as: UTF8.self)
    }
}
