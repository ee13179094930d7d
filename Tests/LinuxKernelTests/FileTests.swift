import CLinux
import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

@Suite("A descriptor")
struct FileDescriptorTests {
    @Test("closes at the end of its life, and not after it was released")
    func lifetime() throws {
        var pipe = try Pipe()
        let end = try #require(pipe.writeEnd)
        let duplicate = try end.descriptor.duplicate().release()
        #expect(fcntl(duplicate, F_GETFD) == FD_CLOEXEC)
        pipe.writeEnd = nil
        try #require(write(duplicate, "x", 1) == 1)
        #expect(close(duplicate) == 0)
        _ = consume end
        #expect(try read(pipe.readEnd.descriptor) == "x")
    }

    @Test("keeps its two kinds of flags apart")
    func flags() throws {
        let pipe = try Pipe()
        let descriptor = pipe.readEnd
        #expect(try !descriptor.descriptor.isNonBlocking())
        #expect(try descriptor.descriptor.isCloseOnExec())
        try descriptor.descriptor.setNonBlocking()
        try descriptor.descriptor.setCloseOnExec(false)
        #expect(try descriptor.descriptor.isNonBlocking())
        #expect(try !descriptor.descriptor.isCloseOnExec())
        try descriptor.descriptor.setNonBlocking(false)
        #expect(try !descriptor.descriptor.isNonBlocking())
    }
}

@Suite("An error")
struct SystemErrorTests {
    @Test("finishes the sentence in words, with the constant's name")
    func description() {
        let error = SystemError(code: ENOENT, operation: "open /x")
        #expect(error.description == "could not open /x: No such file or directory (ENOENT)")
        let foreign = SystemError(code: 9_999, operation: "go on")
        #expect(foreign.description == "could not go on: Unknown error (E?)")
    }
}

@Suite("Files")
struct FileSystemTests {
    @Test("are written whole, replaced, read to a limit and removed once")
    func files() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/file"
        let bytes = [UInt8](repeating: 9, count: 100_000)
        try FileSystem.writeFile(path, Array("old".utf8))
        try FileSystem.writeFile(path, bytes, mode: 0o600)
        #expect(try FileSystem.readFile(path, limit: 100_000) == bytes)
        #expect(try FileSystem.status(of: path)?.mode == 0o600)
        #expect(try FileSystem.status(of: path)?.size == 100_000)
        #expect(try FileSystem.listDirectory(directory.path) == ["file"])
        do throws(SystemError) {
            _ = try FileSystem.readFile(path, limit: 99_999)
            Issue.record("the limit was passed")
        } catch {
            #expect(error.code == EFBIG)
        }
        #expect(try FileSystem.unlink(path))
        #expect(try FileSystem.unlink(path) == false)
        #expect(throws: SystemError(code: ENOENT, operation: "open \(path)")) {
            try FileSystem.readFile(path, limit: 1)
        }
        #expect(throws: SystemError(code: EISDIR, operation: "read \(directory.path)")) {
            try FileSystem.readFile(directory.path, limit: 1)
        }
    }

    @Test("leave nothing behind when they cannot take their place")
    func failedWrite() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/taken"
        try FileSystem.makeDirectory(path)
        #expect(throws: SystemError.self) { try FileSystem.writeFile(path, [1]) }
        #expect(try FileSystem.listDirectory(directory.path) == ["taken"])
    }

    @Test("come from directories in byte order, links and all")
    func directories() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path
        #expect(try FileSystem.makeDirectory("\(path)/b"))
        #expect(try FileSystem.makeDirectory("\(path)/b") == false)
        try FileSystem.makeDirectories("\(path)/c/d/e")
        try FileSystem.makeSymbolicLink("\(path)/B", to: "b")
        try FileSystem.makeSymbolicLink("\(path)/a", to: "nowhere")
        #expect(try FileSystem.listDirectory(path) == ["B", "a", "b", "c"])
        #expect(try FileSystem.listDirectory("\(path)/c/d") == ["e"])
        #expect(try FileSystem.listDirectory("\(path)/none") == nil)
        #expect(try FileSystem.status(of: "\(path)/B")?.kind == .directory)
        #expect(try FileSystem.status(ofLink: "\(path)/B")?.kind == .symbolicLink)
        #expect(try FileSystem.status(of: "\(path)/a") == nil)
        #expect(try FileSystem.removeDirectory("\(path)/b"))
        #expect(try FileSystem.removeDirectory("\(path)/b") == false)
        try FileSystem.writeFile("\(path)/f", [])
        #expect(throws: SystemError.self) { try FileSystem.makeDirectory("\(path)/f") }
    }

    @Test("in memory cannot be changed once sealed")
    func sealed() throws {
        let file = try MemoryFile.sealed(name: "test", [1, 2, 3])
        #expect(try file.status().size == 3)
        #expect(write(file.rawValue, "x", 1) == -1 && errno == EPERM)
        #expect(ftruncate(file.rawValue, 0) == -1 && errno == EPERM)
    }
}

@Suite("An executable")
struct ExecutableTests {
    @Test("is found in the order of the directories, and must be a file that may be executed")
    func search() throws {
        let directory = try TemporaryDirectory()
        let (first, second) = ("\(directory.path)/1", "\(directory.path)/2")
        try FileSystem.makeDirectories("\(first)/tool")
        try FileSystem.makeDirectory(second)
        try FileSystem.writeFile("\(second)/tool", [], mode: 0o755)
        try FileSystem.writeFile("\(first)/text", [], mode: 0o644)
        let path = ["relative", first, second]
        #expect(try Executable.find("tool", searchPath: path) == "\(second)/tool")
        #expect(try Executable.find("text", searchPath: path) == nil)
        #expect(try Executable.find("", searchPath: path) == nil)
        #expect(try Executable.find("./x", searchPath: []) == "./x")
        #expect(try Executable.find("sh") != nil)
    }
}

@Suite("The usage of a process")
struct ProcessUsageTests {
    @Test("is read behind a program's name that looks like more fields")
    func fields() throws {
        let line =
            "42 (a) b (c) S 1 42 42 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 1 0 1000 9000000 300 "
            + "18446744073709551615 1 1"
        let usage = try #require(
            ProcessUsage(
                stat: line, uptime: 30_000_000_000, ticksPerSecond: 100, pageSize: 4_096))
        #expect(usage.processorNanoseconds == 2_000_000_000)
        #expect(usage.uptimeNanoseconds == 20_000_000_000)
        #expect(usage.residentBytes == 300 * 4_096)
        #expect(ProcessUsage(stat: "", uptime: 0, ticksPerSecond: 100, pageSize: 1) == nil)
        #expect(ProcessUsage(stat: "1 (x) S 1", uptime: 0, ticksPerSecond: 100, pageSize: 1) == nil)
    }

    @Test("is there for this process and gone for one that was reaped")
    func processes() throws {
        let own = try #require(ProcessUsage.read(pid: OwnProcess.pid))
        #expect(own.residentBytes > 0 && own.processorNanoseconds >= 0)
        let child = try ChildProcess.launch(shell("exit 0"))
        let pid = child.pid
        _ = try child.awaitExit()
        #expect(ProcessUsage.read(pid: pid) == nil)
    }
}
