// What the tests of this target share: pipes, and waiting for processes.

import CLinux
import Glibc
import TestSupport
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

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool {
        suffix(text.utf8.count).elementsEqual(text.utf8)
    }
}

extension ChildProcess {
    func awaitVerdict() throws -> LaunchVerdict {
        _ = try awaitEvents(#require(verdictDescriptor).descriptor)
        return try readVerdict()
    }

    func awaitExit() throws -> ProcessExit {
        _ = try awaitEvents(pidfd.descriptor)
        return try #require(try reap())
    }
}

func shell(_ script: String) -> LaunchRequest {
    var request = LaunchRequest(executable: "/bin/sh", arguments: ["sh", "-c", script])
    request.environment = ["PATH=/usr/bin:/bin"]
    return request
}

/// The probe, whose complaints are seen.
func probe(_ arguments: String...) throws -> LaunchRequest {
    var request = try probeRequest(arguments)
    request.standardError = SharedDescriptor(try StandardStream.error.duplicate())
    return request
}
