// Running a program to its end, one of those that are built beside the tests among others.

import Glibc
import LinuxKernel

/// The order to launch the program of `Tests/KernelProbe`, or another one that is built beside the
/// tests, in this process's environment.
package func probeRequest(
    _ arguments: [String], of program: String = "KernelProbe"
) throws -> LaunchRequest {
    let tests = OwnProcess.executable
    guard let slash = tests.lastIndex(of: "/") else {
        throw SupportFailed("could not find where the tests are")
    }
    var request = LaunchRequest(
        executable: "\(tests[..<slash])/\(program)", arguments: [program] + arguments)
    request.environment = OwnProcess.environment
    return request
}

/// Runs a program to its end.
package func run(_ request: LaunchRequest) throws -> (output: String, exit: ProcessExit) {
    let (reader, child) = try launch(request)
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    reading: while true {
        try awaitEvents(reader.descriptor)
        switch try chunk.withUnsafeMutableBytes({ try reader.descriptor.read(into: $0) }) {
        case .bytes(let count): output += chunk[..<count]
        case .wouldBlock: continue
        case .closed: break reading
        }
    }
    try awaitEvents(child.pidfd.descriptor)
    guard let exit = try child.reap() else { throw SupportFailed("it ended and did not end") }
    return (String(decoding: output, as: UTF8.self), exit)
}

/// The child's end of the pipe is the only one when this returns.
private func launch(
    _ request: LaunchRequest
) throws -> (reader: SharedDescriptor, child: ChildProcess) {
    var request = request
    let (reader, writer) = try Pipe.make()
    request.standardOutput = writer
    return (reader, try ChildProcess.launch(request))
}
