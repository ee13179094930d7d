// Configuration read from real files.

import ConfigurationFiles
import LinuxKernel
import PoolConfiguration
import Testing

/// A directory with the files of a test, gone after it.
private final class Directory {
    let path = "/tmp/martlet-configuration-\(OwnProcess.pid)-\(UInt64.random(in: 0 ... .max))"
    private var files: [String] = []
    private var directories: [String] = []

    init() throws {
        try makeDirectory("")
    }

    func makeDirectory(_ name: String) throws {
        try FileSystem.makeDirectory("\(path)/\(name)")
        directories.insert("\(path)/\(name)", at: 0)
    }

    func write(_ name: String, _ text: String) throws {
        try FileSystem.writeFile("\(path)/\(name)", Array(text.utf8))
        files.append("\(path)/\(name)")
    }

    func link(_ name: String, to target: String) throws {
        try FileSystem.makeSymbolicLink("\(path)/\(name)", to: target)
        files.append("\(path)/\(name)")
    }

    deinit {
        for file in files { _ = try? FileSystem.unlink(file) }
        for directory in directories { _ = try? FileSystem.removeDirectory(directory) }
    }
}

@Suite struct SystemFilesTests {
    @Test("a pool is read with drop-ins; a link to /dev/null masks its namesake")
    func pool() throws {
        let directory = try Directory()
        for name in ["etc", "lib", "etc/web.conf.d", "lib/web.conf.d"] {
            try directory.makeDirectory(name)
        }
        try directory.write("lib/web.conf", leastPool + "EnvironmentFile=\(directory.path)/env\n")
        try directory.write("lib/web.conf.d/10.conf", "[Pool]\nWorkers=9\n")
        try directory.write("lib/web.conf.d/20.conf", "[Pool]\nRolloutSurge=2\n")
        try directory.link("etc/web.conf.d/10.conf", to: "/dev/null")
        try directory.write("env", "A=1\n")
        let directories = ConfigurationDirectories([
            "\(directory.path)/etc", "\(directory.path)/lib",
        ])
        let settings = try PoolSettings.load(
            pool: "web", from: SystemFiles(), directories: directories)
        #expect(settings.workers == .auto)
        #expect(settings.policy(availableProcessors: 1).rolloutSurge == 2)
        #expect(settings.worker.environment.map(\.name) == ["A"])
        #expect(ConfiguredPools(in: directories, from: SystemFiles()).names == ["web"])
    }

    @Test("what is missing is nil, a link that leads nowhere too; what can't be read is a sentence")
    func answers() throws {
        let directory = try Directory()
        try directory.link("dangling", to: "/nonexistent/file")
        try directory.write("empty", "")
        let files = SystemFiles()
        #expect(try files.read("\(directory.path)/none") == nil)
        #expect(try files.read("\(directory.path)/empty/below") == nil)
        #expect(try files.read("\(directory.path)/dangling") == nil)
        #expect(try files.read("\(directory.path)/empty") == [])
        #expect(try files.list("\(directory.path)/none") == nil)
        #expect(try files.list(directory.path)?.sorted() == ["dangling", "empty"])
        let error = thrown(ConfigurationReadError.self) { try files.read(directory.path) }
        #expect(error?.sentence == "could not read \(directory.path): Is a directory (EISDIR)")
    }

    @Test("a file without an end is refused")
    func endless() {
        let error = thrown(ConfigurationReadError.self) { try SystemFiles().read("/dev/zero") }
        #expect(error?.sentence.hasSuffix("File too large (EFBIG)") == true)
    }
}
