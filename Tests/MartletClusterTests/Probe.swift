// The program of `Tests/ClusterProbe`, run by a test.

import Glibc
import LinuxKernel
import TestSupport

/// What a program has printed, and how it ended.
struct Played: Sendable {
    let lines: [String]
    let exit: ProcessExit
}

/// Runs what waits on a thread of its own.
func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        BackgroundThread.start { continuation.resume(with: Result { try body() }) }
    }
}

/// A name that no other pool on this machine has.
func poolName(_ scene: String) -> String {
    "test-\(scene)-\(OwnProcess.pid)-\(UInt32.random(in: 0 ... .max))"
}

func sceneRequest(_ words: [String]) throws -> LaunchRequest {
    var request = try probeRequest(words, of: "ClusterProbe")
    let foreign = ["NOTIFY_SOCKET=", "JOURNAL_STREAM=", "LISTEN_", "MARTLET_"]
    request.environment.removeAll { entry in foreign.contains { entry.hasPrefix($0) } }
    return request
}

/// Plays a scene to its end.
func play(_ scene: String) async throws -> Played {
    try await onThread {
        let (output, exit) = try run(sceneRequest([scene, poolName(scene)]))
        return Played(lines: output.split(separator: "\n").map(String.init), exit: exit)
    }
}

/// A scene that goes on until the test ends it. Of one thread.
final class Playing {
    let process: ChildProcess
    private let reader: SharedDescriptor
    private var text = ""

    init(_ request: LaunchRequest) throws {
        var request = request
        let (reader, writer) = try Pipe.make()
        request.standardOutput = writer
        self.reader = reader
        process = try ChildProcess.launch(request)
    }

    /// If a test fails, nobody else ends it.
    deinit { _ = try? process.signal(SIGKILL) }

    /// Waits for so many lines of output.
    func lines(_ count: Int) throws -> [String] {
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let lines = text.split(separator: "\n").map(String.init)
            if lines.count >= count { return lines }
            try awaitEvents(reader.descriptor)
            switch try chunk.withUnsafeMutableBytes({ try reader.descriptor.read(into: $0) }) {
            case .bytes(let count): text += String(decoding: chunk[..<count], as: UTF8.self)
            case .wouldBlock: continue
            case .closed: throw SupportFailed("it ended after \(lines)")
            }
        }
    }

    func awaitExit() throws -> ProcessExit {
        try awaitEvents(process.pidfd.descriptor)
        guard let exit = try process.reap() else { throw SupportFailed("it ended and did not") }
        return exit
    }
}

/// What a server at a unix socket says to who connects, to the end.
func greeting(at name: String) throws -> String {
    guard let address = SocketAddress(listenStream: "@\(name)") else {
        throw SupportFailed("@\(name) is no address")
    }
    let socket = try ConnectingSocket.connect(to: address, nanoseconds: 20_000_000_000)
    var text = ""
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while true {
        try awaitEvents(socket)
        switch try chunk.withUnsafeMutableBytes({ try socket.read(into: $0) }) {
        case .bytes(let count): text += String(decoding: chunk[..<count], as: UTF8.self)
        case .wouldBlock: continue
        case .closed: return text
        }
    }
}
