// Running the program of `Tests/KernelProbe`, with an end to every wait.

import Glibc
import LinuxKernel
import Testing

struct ProbeRun {
    let output: [String]
    let exit: ProcessExit
}

/// - Parameter adjust: Changes the request before the launch.
func runProbe(
    _ arguments: String..., adjust: (inout LaunchRequest) -> Void = { _ in }
) throws -> ProbeRun {
    var request = LaunchRequest(
        executable: try probePath(), arguments: ["KernelProbe"] + arguments)
    request.environment = OwnProcess.environment
    adjust(&request)
    return try run(request)
}

func probePath() throws -> String {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let length = buffer.withUnsafeMutableBytes { bytes in
        readlink("/proc/self/exe", bytes.baseAddress!, bytes.count)
    }
    try #require(length > 0)
    let tests = String(decoding: buffer[..<length], as: UTF8.self)
    return "\(tests[..<(try #require(tests.lastIndex(of: "/")))])/KernelProbe"
}

/// Runs a program to its end and returns the lines it wrote.
func run(_ request: LaunchRequest) throws -> ProbeRun {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/output"
    var request = request
    let raw = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    request.standardOutput = SharedDescriptor(FileDescriptor(owning: raw))
    let child = try ChildProcess.launch(request)
    try awaitReadable(child.descriptor)
    let exit = try #require(try child.reap())
    let text = String(decoding: try FileSystem.readFile(path, limit: 1 << 20), as: UTF8.self)
    return ProbeRun(output: text.split(separator: "\n").map(String.init), exit: exit)
}

/// Waits at most 20 seconds.
func awaitReadable(_ descriptor: borrowing FileDescriptor) throws {
    let epoll = try Epoll()
    try epoll.add(descriptor, .readable, token: 0)
    try #require(try epoll.wait(nanoseconds: 20_000_000_000) { _ in } == 1)
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

/// Every message that waits.
func messages(_ socket: borrowing FileDescriptor) throws -> [String] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
    defer { buffer.deallocate() }
    var texts: [String] = []
    while let datagram = try DatagramSocket.receive(from: socket, into: buffer) {
        texts.append(String(decoding: buffer[..<datagram.length], as: UTF8.self))
    }
    return texts
}

/// A directory under /tmp whose files are gone at the end of the test.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/martlet-test.XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) }
        path = String(cString: try #require(made))
    }

    deinit {
        for name in (try? FileSystem.listDirectory(path)) ?? [] {
            _ = try? FileSystem.unlink("\(path)/\(name)")
        }
        _ = try? FileSystem.removeDirectory(path)
    }
}
