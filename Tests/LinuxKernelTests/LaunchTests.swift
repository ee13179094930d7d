import CLinux
import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

/// Both ways into the world: clone3, and the legacy clone.
@Suite("A launch", .timeLimit(.minutes(1)))
struct LaunchTests {
    @Test(
        "gives the program its arguments, environment and directory, and nothing else",
        arguments: [false, true])
    func surroundings(legacy: Bool) throws {
        let directory = try TemporaryDirectory()
        var request = LaunchRequest(
            executable: "/bin/sh", arguments: ["name", "-c", "echo $0 $1; pwd; env", "zero", "one"])
        request.environment = ["A=1", "B=two words"]
        request.workingDirectory = directory.path
        request.forcesLegacyClone = legacy
        let (output, exit) = try run(request)
        #expect(exit == .exited(0))
        let lines = output.split(separator: "\n").map(String.init)
        #expect(lines[..<2] == ["zero one", directory.path])
        #expect(Set(lines[2...]) == ["A=1", "B=two words", "PWD=\(directory.path)"])
    }

    @Test(
        "writes the new process's own pid into the variables that ask for it",
        arguments: [false, true])
    func ownPid(legacy: Bool) throws {
        var request = shell("echo $$ $LISTEN_PID $WATCHDOG_PID; env | grep -c LISTEN_PID=")
        request.environment += ["LISTEN_PID=1", "LISTEN_PIDX=5"]
        request.ownPidVariables = ["LISTEN_PID", "WATCHDOG_PID"]
        request.forcesLegacyClone = legacy
        let pipe = try Pipe()
        request.standardOutput = pipe.writeEnd
        let child = try ChildProcess.launch(request)
        let pid = child.pid
        #expect(try child.awaitExit() == .exited(0))
        #expect(
            try read(pipe.readEnd.descriptor, until: "\n1\n") == "\(pid) \(pid) \(pid)\n1\n")
    }

    @Test(
        "ends with the errno and the step that failed, whatever the way", arguments: [false, true])
    func failures(legacy: Bool) throws {
        let directory = try TemporaryDirectory()
        let script = "\(directory.path)/script"
        let text = "\(directory.path)/text"
        try FileSystem.writeFile(
            script, Array("#!/proc/nonexistent/interpreter\n".utf8), mode: 0o755)
        try FileSystem.writeFile(text, Array("no program\n".utf8), mode: 0o644)
        let cases: [(path: String, directory: String?, LaunchStep, Int32, exit: Int32)] = [
            ("/proc/nonexistent", nil, .execution, ENOENT, 203),
            (text, nil, .execution, EACCES, 203),
            (script, nil, .execution, ENOENT, 203),
            (directory.path, nil, .execution, EACCES, 203),
            ("/bin/true", "/proc/nonexistent", .workingDirectory, ENOENT, 200),
            ("/bin/true", text, .workingDirectory, ENOTDIR, 200),
        ]
        for (path, workingDirectory, step, code, exit) in cases {
            var request = LaunchRequest(executable: path, arguments: ["x"])
            request.workingDirectory = workingDirectory
            request.forcesLegacyClone = legacy
            let child = try ChildProcess.launch(request)
            guard case .failed(step, let error) = try child.awaitVerdict() else {
                Issue.record("\(path) did not fail at \(step)")
                continue
            }
            #expect(error.code == code, "\(path)")
            #expect(try child.awaitExit() == .exited(exit), "\(path)")
        }
    }

    @Test("knows no verdict before the exec, and that it was executed after it")
    func verdict() throws {
        let gate = try Pipe()
        var request = shell("read line <&3")
        request.descriptors = [gate.readEnd]
        let child = try ChildProcess.launch(request)
        #expect(try child.awaitVerdict() == .executed)
        #expect(try child.peekExit() == nil)
        #expect(try child.reap() == nil)
        #expect(try child.signal(SIGKILL))
        #expect(try child.awaitExit() == .signaled(SIGKILL, coreDumped: false))
    }

    @Test("refuses text with a NUL in it, and an empty argument list")
    func refusals() {
        #expect(throws: SystemError.self) {
            try ChildProcess.launch(LaunchRequest(executable: "/bin/true", arguments: ["a\0b"]))
        }
        #expect(throws: SystemError.self) {
            try ChildProcess.launch(LaunchRequest(executable: "/bin/true", arguments: []))
        }
    }

    @Test("leaves the exit in place for a peek, and is reaped once")
    func exits() throws {
        let child = try ChildProcess.launch(shell("exit 42"))
        _ = try awaitEvents(child.pidfd.descriptor)
        #expect(try child.peekExit() == .exited(42))
        #expect(try child.peekExit() == .exited(42))
        #expect(try child.signal(SIGTERM), "a zombie still takes signals")
        #expect(try child.reap() == .exited(42))
        #expect(try child.reap() == .exited(42))
        #expect(waitpid(child.pid, nil, WNOHANG) == -1)
        #expect(try child.signal(SIGTERM) == false)
        #expect(try child.signalGroup(SIGTERM) == false)
    }

    @Test("tells a core dump from a plain end by a signal")
    func signals() throws {
        let child = try ChildProcess.launch(shell("ulimit -c 0; kill -TERM $$"))
        #expect(try child.awaitExit() == .signaled(SIGTERM, coreDumped: false))
    }

    @Test("ends the whole process group, even after its leader has ended")
    func processGroup() throws {
        var pipe = try Pipe()
        var request = shell("sleep 1000 & (sleep 1000 & sleep 1000) & echo started")
        request.standardOutput = pipe.writeEnd
        let child = try ChildProcess.launch(request)
        request.standardOutput = nil
        pipe.writeEnd = nil
        #expect(try read(pipe.readEnd.descriptor, until: "started\n") == "started\n")
        _ = try awaitEvents(child.pidfd.descriptor)
        #expect(try child.peekExit() == .exited(0))
        #expect(try child.signalGroup(SIGKILL))
        #expect(try read(pipe.readEnd.descriptor) == "", "only their deaths close the pipe")
        #expect(try child.reap() == .exited(0))
    }
}

/// Launches from a process whose descriptors, limits and signals are its own.
@Suite("A launch from a process", .timeLimit(.minutes(1)))
struct SpoiledLaunchTests {
    @Test("a thousand times over leaves no descriptor, no memory and no child")
    func thousand() throws {
        let (output, exit) = try run(try probe("launches"))
        #expect(output == "exits 1000\ndescriptors unchanged\nmemory given back\nchildren none\n")
        #expect(exit == .exited(0))
    }

    @Test("that ignores and blocks signals gives the program none of that, and keeps its mask")
    func spoiledSignals() throws {
        let (output, _) = try run(try probe("child-signal"))
        #expect(
            output == """
                SigBlk:\t0000000000000000
                SigIgn:\t0000000000000000
                exited(0)
                mask after a launch [10, 15, 17]
                launch EMFILE
                mask after none [10, 15, 17]

                """)
    }

    @Test("without free descriptors fails with EMFILE and leaves nothing, or succeeds")
    func exhausted() throws {
        let (output, _) = try run(try probe("exhausted"))
        #expect(
            output == """
                spare 0: ["EMFILE", "EMFILE"] left 0
                spare 1: ["EMFILE", "EMFILE"] left 0
                spare 2: ["EMFILE", "EMFILE"] left 0
                spare 3: ["exited(7)", "exited(7)"] left 0
                children none

                """)
    }

    @Test("that wants more descriptors in the child than it may have is told so by the verdict")
    func limited() throws {
        let (output, _) = try run(try probe("limited"))
        #expect(output == "failed descriptors EINVAL\nexited(202)\n")
    }

    @Test("puts descriptors in order even if they overlap their places, and opens no other")
    func overlap() throws {
        let directory = try TemporaryDirectory()
        let (output, _) = try run(try probe("overlap", directory.path))
        let expected = [
            "sources [3, 4, 5, 6, 7, 8]",
            "order 0: 0 null, 1 d, 2 a, 3 a, 4 b, 5 c, 6 d, 7 e, 8 f, 9 fd",
            "order 0: 0 null, 1 d, 2 a, 3 a, 4 b, 5 c, 6 d, 7 e, 8 f, 9 fd",
            "order 1: 0 null, 1 d, 2 a, 3 f, 4 e, 5 d, 6 c, 7 b, 8 a, 9 fd",
            "order 1: 0 null, 1 d, 2 a, 3 f, 4 e, 5 d, 6 c, 7 b, 8 a, 9 fd",
            "order 2: 0 null, 1 d, 2 a, 3 b, 4 c, 5 d, 6 e, 7 f, 8 a, 9 fd",
            "order 2: 0 null, 1 d, 2 a, 3 b, 4 c, 5 d, 6 e, 7 f, 8 a, 9 fd",
            "order 3: 0 null, 1 d, 2 a, 3 c, 4 c, 5 a, 6 fd",
            "order 3: 0 null, 1 d, 2 a, 3 c, 4 c, 5 a, 6 fd",
            "order 4: 0 null, 1 d, 2 a, 3 fd",
            "order 4: 0 null, 1 d, 2 a, 3 fd",
        ]
        #expect(output.split(separator: "\n").map(String.init) == expected)
    }

    @Test("that ends takes the child with it, if that was asked for")
    func parentDeathSignal() throws {
        let (output, exit) = try run(try probe("parent-death"))
        // The end of the output shows that nobody is left who could write.
        #expect(output == "launched\n")
        #expect(exit == .exited(0))
    }

    @Test("without standard descriptors works too, and its verdict still arrives")
    func standardClosed() throws {
        let directory = try TemporaryDirectory()
        let (output, _) = try run(try probe("standard-closed", directory.path))
        #expect(
            output == """
                sources [0, 1] exited(0)
                0 null, 1 b, 2 null, 3 a, 4 fd
                missing: could not execute the program: No such file or directory (ENOENT)

                """)
    }

    @Test("under a seccomp filter without clone3 works, and so does killing its group")
    func withoutClone3() throws {
        let (output, exit) = try run(try probe("without-clone3"))
        let lines = output.split(separator: "\n").map(String.init)
        #expect(exit == .exited(0))
        #expect(lines.first == "own pid yes")
        #expect(
            lines.suffix(5) == [
                "was executed, exited(0)", "started", "group signalled true", "end of file true",
                "signaled(9, coreDumped: false)",
            ])
    }
}
