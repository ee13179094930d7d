// A master that dies and leaves a worker to the next one.

import Glibc
import LinuxKernel

/// Launches the script that is the third argument, with descriptor 3 as its standard input; sends
/// its pidfd, with its pid and start time, to the socket that is the second, and ends; or lives on,
/// if there is a fourth, and never reaps it.
func leaveOrphan() throws {
    let (path, script) = (CommandLine.arguments[2], CommandLine.arguments[3])
    var request = LaunchRequest(executable: "/bin/sh", arguments: ["sh", "-c", script])
    request.environment = ["PATH=/usr/bin:/bin"]
    request.standardInput = SharedDescriptor(FileDescriptor(owning: 3))
    let child = try ChildProcess.launch(request)
    guard try verdict(of: child) == .executed else { throw Failure.child }
    let sent = try DatagramSocket.send(
        Array("\(child.pid) \(child.startTime)".utf8), descriptors: [child.pidfd],
        to: .path(path), from: try DatagramSocket.unbound())
    guard sent == .sent else { throw Failure.child }
    if CommandLine.arguments.count > 4 { pause() }
}
