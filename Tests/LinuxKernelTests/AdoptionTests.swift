import CLinux
import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

@Suite("An adopted process", .timeLimit(.minutes(1)))
struct AdoptionTests {
    /// Whether the kernel says how a process ended after it was reaped.
    private static let keepsRecords: Bool = {
        var system = utsname()
        uname(&system)
        let release = withUnsafeBytes(of: &system.release) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return !numbers.lexicographicallyPrecedes([6, 15])
    }()

    /// What a master that is dead has left of one worker.
    private struct Legacy {
        let pidfd: SharedDescriptor
        let pid: Int32
        let startTime: UInt64
        /// The worker reads from its other end.
        var input: SharedDescriptor?
        let master: ChildProcess

        /// - Parameters:
        ///   - script: What the worker does.
        ///   - isParentAlive: Whether the master is there still, and reaps nobody.
        init(_ script: String, isParentAlive: Bool = false) throws {
            let directory = try TemporaryDirectory()
            let path = "\(directory.path)/socket"
            let receiver = try DatagramSocket.bind(path: path)
            let pipe = try Pipe()
            var request = try probe("orphan", path, script)
            if isParentAlive { request.arguments.append("stay") }
            request.descriptors = [pipe.readEnd]
            master = try ChildProcess.launch(request)
            if isParentAlive {
                try awaitEvents(receiver)
            } else {
                try #require(try master.awaitExit() == .exited(0))
            }

            var received = martlet_received()
            var numbers: [Int32] = [-1, -1]
            var bytes = [UInt8](repeating: 0, count: 256)
            let length = martlet_receive(
                receiver.rawValue, &bytes, bytes.count, &numbers, 2, &received)
            try #require(length > 0 && received.descriptor_count == 1)
            pidfd = SharedDescriptor(FileDescriptor(owning: numbers[0]))
            let words = String(decoding: bytes[..<length], as: UTF8.self).split(separator: " ")
            pid = try #require(words.first.flatMap { Int32($0) })
            startTime = try #require(words.last.flatMap { UInt64($0) })
            input = pipe.writeEnd
        }

        func adopt(
            pid: Int32? = nil, startTime: UInt64? = nil
        ) throws(SystemError) -> ChildProcess? {
            try ChildProcess.adopt(
                pidfd: pidfd, pid: pid ?? self.pid, startTime: startTime ?? self.startTime,
                leadsProcessGroup: true)
        }
    }

    /// Of one that nobody told us of: somebody else reaps it, at any time.
    private func awaitForeignExit(_ process: ChildProcess) throws -> ProcessExit {
        var exit: ProcessExit?
        try awaitEvents(process.pidfd.descriptor)
        #expect(
            try eventually {
                exit = try process.reap()
                return exit != nil
            })
        return try #require(exit)
    }

    @Test("is watched, and its exit status is learned though it is no child")
    func status() throws {
        var legacy = try Legacy("read line; exit 42")
        #expect(legacy.startTime > 0)
        let process = try #require(try legacy.adopt())
        #expect(process.pid == legacy.pid)
        #expect(process.startTime == legacy.startTime)
        #expect(try process.readVerdict() == .executed)
        #expect(try process.peekExit() == nil)
        #expect(try process.reap() == nil)
        legacy.input = nil
        let exit = try awaitForeignExit(process)
        // Before that version it depends on who is faster, its new parent or we.
        #expect(exit == .exited(42) || !Self.keepsRecords && exit == .unknown)
        #expect(try process.peekExit() == exit)
        #expect(process.exit == exit)
    }

    @Test("gets signals, and so does the group that it leads")
    func signals() throws {
        let legacy = try Legacy("sleep 1000 & read line")
        let process = try #require(try legacy.adopt())
        #expect(try process.signal(SIGCONT))
        #expect(try process.signalGroup(SIGKILL))
        let exit = try awaitForeignExit(process)
        let killed = ProcessExit.signaled(SIGKILL, coreDumped: false)
        #expect(exit == killed || !Self.keepsRecords && exit == .unknown)
        #expect(try eventually { try !process.signal(SIGCONT) })
        #expect(try !process.signalGroup(SIGKILL), "its number may be somebody else's by now")
    }

    @Test(
        "may have ended before: its status is learned all the same",
        .enabled(if: keepsRecords, "needs Linux 6.15"))
    func late() throws {
        var legacy = try Legacy("read line; exit 7")
        legacy.input = nil
        try awaitEvents(legacy.pidfd.descriptor)
        #expect(try eventually { try Pidfd.holder(of: legacy.pidfd) == .gone })
        let process = try #require(try legacy.adopt())
        #expect(try process.peekExit() == .exited(7))
        #expect(try process.reap() == .exited(7))
        #expect(try !process.signal(SIGTERM))
    }

    @Test("that nobody has reaped yet says how it ended, whatever the kernel", arguments: [0, 42])
    func zombie(code: Int32) throws {
        var legacy = try Legacy("read line; exit \(code)", isParentAlive: true)
        let process = try #require(try legacy.adopt())
        legacy.input = nil
        try awaitEvents(process.pidfd.descriptor)
        #expect(try Pidfd.holder(of: legacy.pidfd) == .process(legacy.pid))
        #expect(Pidfd.exitStatus(of: legacy.pidfd) != .status(code << 8))
        #expect(try process.peekExit() == .exited(code))
        try legacy.master.signal(SIGKILL)
        _ = try legacy.master.awaitExit()
        #expect(try process.reap() == .exited(code))
    }

    @Test("is not another one: by the pid, by the start time, or by what the descriptor is")
    func foreign() throws {
        let legacy = try Legacy("read line")
        #expect(try legacy.adopt(pid: getpid()) == nil)
        #expect(try legacy.adopt(startTime: legacy.startTime + 1) == nil)
        #expect(try legacy.adopt(startTime: 0) != nil, "the time was hidden from who launched it")
        let pipe = try Pipe()
        let foreign = try ChildProcess.adopt(
            pidfd: pipe.readEnd, pid: legacy.pid, startTime: legacy.startTime,
            leadsProcessGroup: true)
        #expect(foreign == nil)
    }

    @Test("can be a child still, after its master has executed itself anew")
    func child() throws {
        let launched = try ChildProcess.launch(shell("exit 3"))
        #expect(launched.startTime > 0)
        let process = try #require(
            try ChildProcess.adopt(
                pidfd: launched.pidfd, pid: launched.pid, startTime: launched.startTime,
                leadsProcessGroup: true, verdict: launched.verdictDescriptor))
        #expect(try process.awaitVerdict() == .executed)
        try awaitEvents(process.pidfd.descriptor)
        #expect(try process.peekExit() == .exited(3))
        #expect(try process.signalGroup(SIGKILL), "the zombie holds the number")
        #expect(try process.reap() == .exited(3))
    }

    @Test(
        "ended as wait(2) encodes it",
        arguments: [
            (0, .exited(0)), (42 << 8, .exited(42)), (255 << 8, .exited(255)),
            (9, .signaled(9, coreDumped: false)), (6 | 0x80, .signaled(6, coreDumped: true)),
        ] as [(Int32, ProcessExit)])
    func encoding(status: Int32, exit: ProcessExit) {
        #expect(ProcessExit(waitStatus: status) == exit)
    }
}
