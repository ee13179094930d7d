import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

@Suite("A process that executes itself anew", .timeLimit(.minutes(1)))
struct ExecutionTests {
    private func lines(_ request: LaunchRequest) throws -> [String] {
        let (output, exit) = try run(request)
        #expect(exit == .exited(0))
        return output.split(separator: "\n").map(String.init)
    }

    @Test("keeps what it names, its pid, and the signals that wait")
    func kept() throws {
        let output = try lines(try probe("reexecute"))
        #expect(
            output == [
                "martlet.state, close-on-exec", "100% \"odd\" name é, close-on-exec",
                ", close-on-exec", "variable gone", "again 0", "same process true",
                "descriptors unchanged", "signal blocked true, waits true", "state [1, 2, 3]",
            ])
    }

    @Test("is as it was if that fails")
    func failing() throws {
        let output = try lines(try probe("reexecute-nothing"))
        let flags = ["state, close-on-exec", "reader, close-on-exec", "writer, inheritable"]
        let missing =
            "could not execute /proc/nonexistent: No such file or directory (ENOENT)"
        try #require(output.count == 10)
        #expect(output[0] == missing)
        #expect(Array(output[1...3]) == flags)
        #expect(output[4] == "variable gone")
        #expect(output[5] == "could not hand over one descriptor twice: Invalid argument (EINVAL)")
        #expect(output[6].hasSuffix("Invalid argument (EINVAL)"))
        #expect(Array(output[7...]) == flags)
    }

    @Test("loses no signal that comes while it does so")
    func signals() throws {
        let pipe = try Pipe()
        var request = try probe("signalled")
        request.standardOutput = pipe.writeEnd
        let child = try ChildProcess.launch(request)
        #expect(try read(pipe.readEnd.descriptor, until: "executed\n") == "executed\n")
        try child.signal(SIGTERM)
        #expect(try child.awaitExit() == .exited(0))
        let answer = "the signal has arrived\n"
        #expect(try read(pipe.readEnd.descriptor, until: answer) == answer)
    }

    @Test("finds its program by the path of the first time, or by the kernel's name for it")
    func executable() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/probe"
        let program = try probe().executable
        try FileSystem.makeSymbolicLink(path, to: program)
        var request = try probe("executable")
        request.executable = path
        #expect(try lines(request) == [path, "/proc/self/exe", path])

        request.executable = "./probe"
        request.workingDirectory = directory.path
        let relative = "\(directory.path)/./probe"
        #expect(try lines(request) == [relative, "/proc/self/exe", relative])
    }
}

@Suite("A handover", .timeLimit(.minutes(1)))
struct HandoverTests {
    private func take(_ variable: String?) throws -> (output: [String], exit: ProcessExit) {
        var request = try probe("handover")
        let null = FileDescriptor(owning: open("/dev/null", O_RDWR | O_CLOEXEC))
        request.descriptors = [SharedDescriptor(null), try Pipe().readEnd]
        if let variable { request.environment.append("MARTLET_HANDOVER=\(variable)") }
        let (output, exit) = try run(request)
        return (output.split(separator: "\n").map(String.init), exit)
    }

    @Test("is nothing without the variable, or with an empty one")
    func none() throws {
        for variable in [nil, ""] {
            let (output, exit) = try take(variable)
            #expect(output == ["variable gone", "again 0"])
            #expect(exit == .exited(0))
        }
    }

    @Test("comes in its order, with blanks and others unescaped")
    func order() throws {
        let (output, exit) = try take("4:a%20b:c%25 3:%c3%A9")
        #expect(
            output == ["a b:c%, close-on-exec", "é, close-on-exec", "variable gone", "again 0"])
        #expect(exit == .exited(0))
    }

    @Test(
        "that makes no sense, or names what is not open, is refused, and what it names is closed",
        arguments: [
            ("3", "EINVAL", "[3, 4]"), ("x:name", "EINVAL", "[3, 4]"),
            (":name", "EINVAL", "[3, 4]"), ("-3:name", "EINVAL", "[3, 4]"),
            ("2:name", "EINVAL", "[3, 4]"), ("99999999999:name", "EINVAL", "[3, 4]"),
            ("3:a 3:b", "EINVAL", "[4]"), ("3:%", "EINVAL", "[3, 4]"),
            ("3:%2", "EINVAL", "[3, 4]"), ("3:%zz", "EINVAL", "[3, 4]"),
            ("3:%+1 4:b", "EINVAL", "[3]"), ("9:name", "EBADF", "[3, 4]"),
            ("3:a 9:b 4:c", "EBADF", "[]"),
        ])
    func refused(variable: String, code: String, left: String) throws {
        let (output, exit) = try take(variable)
        #expect(output == [code, "left \(left)"])
        #expect(exit == .exited(0))
    }
}
