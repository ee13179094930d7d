// What the tests of this target share: runs of the probe, and messages on a socket.

import LinuxKernel
import TestSupport

struct ProbeRun {
    /// Its lines.
    let output: [String]
    let exit: ProcessExit
}

/// - Parameter adjust: Changes the request before the launch.
func runProbe(
    _ arguments: String..., adjust: (inout LaunchRequest) -> Void = { _ in }
) throws -> ProbeRun {
    var request = try probeRequest(arguments)
    adjust(&request)
    return try runLines(request)
}

func runLines(_ request: LaunchRequest) throws -> ProbeRun {
    let (output, exit) = try run(request)
    return ProbeRun(output: output.split(separator: "\n").map(String.init), exit: exit)
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
