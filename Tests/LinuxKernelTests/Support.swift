// What the tests of this target share: pipes, waiting with an end, a directory of one's own.

import CLinux
import Glibc
import Testing

@testable import LinuxKernel

/// A pipe whose ends close when they are let go.
struct Pipe {
    let readEnd: SharedDescriptor
    var writeEnd: SharedDescriptor?

    init() throws {
        var ends: [Int32] = [-1, -1]
        try #require(martlet_pipe2(&ends, O_CLOEXEC) == 0)
        readEnd = SharedDescriptor(FileDescriptor(owning: ends[0]))
        writeEnd = SharedDescriptor(FileDescriptor(owning: ends[1]))
    }
}

/// Waits for events of a descriptor, at most 20 seconds.
func awaitEvents(
    _ descriptor: borrowing FileDescriptor, _ events: EpollEvents = .readable
) throws -> EpollEvents {
    let epoll = try Epoll()
    try epoll.add(descriptor, events, token: 0)
    var seen: EpollEvents = []
    let count = try epoll.wait(nanoseconds: 20_000_000_000) { seen = $0.events }
    try #require(count == 1, "nothing happened in 20 seconds")
    return seen
}

/// Reads until all writers are gone, or until `text` has come.
func read(_ descriptor: borrowing FileDescriptor, until text: String? = nil) throws -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while true {
        _ = try awaitEvents(descriptor)
        let raw = descriptor.rawValue
        let count = Glibc.read(raw, &chunk, chunk.count)
        guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
        bytes += chunk[..<count]
        if let text, bytes.ends(with: text) { return String(decoding: bytes, as: UTF8.self) }
    }
}

/// Asks again for at most 20 seconds. For what depends on a descriptor being closed for good: a
/// child that another test is launching has a copy of it until its exec.
func eventually(_ condition: () throws -> Bool) throws -> Bool {
    let deadline = MonotonicClock.now() + 20_000_000_000
    while try !condition() {
        if MonotonicClock.now() > deadline { return false }
        sched_yield()
    }
    return true
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool {
        suffix(text.utf8.count).elementsEqual(text.utf8)
    }
}

extension ChildProcess {
    func awaitVerdict() throws -> LaunchVerdict {
        _ = try awaitEvents(verdictDescriptor)
        return try readVerdict()
    }

    func awaitExit() throws -> ProcessExit {
        _ = try awaitEvents(descriptor)
        return try #require(try reap())
    }
}

/// Runs a program to its end.
func run(_ request: LaunchRequest) throws -> (output: String, exit: ProcessExit) {
    var request = request
    var pipe = try Pipe()
    request.standardOutput = pipe.writeEnd
    let child = try ChildProcess.launch(request)
    // The child's end is the last one then.
    request.standardOutput = nil
    pipe.writeEnd = nil
    return (try read(pipe.readEnd.descriptor), try child.awaitExit())
}

func shell(_ script: String) -> LaunchRequest {
    var request = LaunchRequest(executable: "/bin/sh", arguments: ["sh", "-c", script])
    request.environment = ["PATH=/usr/bin:/bin"]
    return request
}

/// The program of `Tests/KernelProbe`, which is built beside the tests.
func probe(_ arguments: String...) throws -> LaunchRequest {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let length = buffer.withUnsafeMutableBytes { bytes in
        readlink("/proc/self/exe", bytes.baseAddress!, bytes.count)
    }
    try #require(length > 0)
    let tests = String(decoding: buffer[..<length], as: UTF8.self)
    let directory = tests[..<(try #require(tests.lastIndex(of: "/")))]
    var request = LaunchRequest(
        executable: "\(directory)/KernelProbe", arguments: ["KernelProbe"] + arguments)
    request.environment = OwnProcess.environment
    request.standardError = SharedDescriptor(try StandardStream.error.duplicate())
    return request
}

/// A directory under /tmp that is gone at the end of the test.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/martlet-test.XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) }
        path = String(cString: try #require(made))
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        for name in (try? FileSystem.listDirectory(path)) ?? [] {
            let entry = "\(path)/\(name)"
            let isDirectory = (try? FileSystem.status(ofLink: entry))?.kind == .directory
            if isDirectory { remove(entry) } else { _ = try? FileSystem.unlink(entry) }
        }
        _ = try? FileSystem.removeDirectory(path)
    }
}
