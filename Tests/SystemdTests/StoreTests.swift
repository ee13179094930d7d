import CLinux
import Glibc
import LinuxKernel
import TestSupport
import Testing

@Suite("The descriptor store", .timeLimit(.minutes(1)))
struct StoreTests {
    /// A service manager that reads what it is sent, and keeps nothing.
    private final class Manager {
        let directory: TemporaryDirectory
        let path: String
        let socket: SharedDescriptor
        /// With how many descriptors each came.
        private(set) var messages: [(text: String, count: Int)] = []

        init() throws {
            directory = try TemporaryDirectory()
            path = "\(directory.path)/notify"
            socket = SharedDescriptor(try DatagramSocket.bind(path: path))
        }

        /// - Returns: Whether there was a message.
        func receive() throws -> Bool {
            var received = martlet_received()
            var numbers = [Int32](repeating: -1, count: 8)
            var bytes = [UInt8](repeating: 0, count: 4_096)
            let length = martlet_receive(
                socket.rawValue, &bytes, bytes.count, &numbers, 8, &received)
            guard length >= 0 else { return false }
            for number in numbers.prefix(received.descriptor_count) { close(number) }
            let text = String(decoding: bytes[..<length], as: UTF8.self)
            messages.append((text, received.descriptor_count))
            return true
        }
    }

    /// Runs the probe while the manager reads.
    private func serve(
        _ manager: Manager, _ arguments: String...,
        beforehand: (ChildProcess) throws -> Void = { _ in }
    ) throws -> [String] {
        let (reader, writer) = try Pipe.make()
        var request = try probeRequest(arguments)
        request.environment.removeAll { $0.hasPrefix("NOTIFY_SOCKET=") }
        request.environment.append("NOTIFY_SOCKET=\(manager.path)")
        request.standardOutput = writer
        let child = try ChildProcess.launch(request)
        try beforehand(child)
        #expect(
            try eventually {
                while try manager.receive() {}
                return try child.peekExit() != nil
            })
        #expect(try child.reap() == .exited(0))
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let text = try bytes.withUnsafeMutableBytes { buffer in
            guard case .bytes(let count) = try reader.descriptor.read(into: buffer) else {
                return ""
            }
            return String(decoding: buffer[..<count], as: UTF8.self)
        }
        withExtendedLifetime(request) {}
        return text.split(separator: "\n").map(String.init)
    }

    private let said = Array(repeating: "EINVAL", count: 6) + ["answered true", "left 4"]
    private let stored = [
        "FDSTORE=1\nFDPOLL=0\nFDNAME=martlet.state 1",
        "FDSTORE=1\nFDPOLL=0\nFDNAME=martlet.worker.0.1 2",
        "FDSTOREREMOVE=1\nFDNAME=martlet.worker.0.1 0",
        "FDSTORE=1\nFDPOLL=0\nFDNAME=\(String(repeating: "x", count: 255)) 1", "BARRIER=1 1",
    ]

    @Test("gets what is kept without a new socket, and only under names that systemd takes")
    func store() throws {
        let manager = try Manager()
        #expect(try serve(manager, "store") == said)
        #expect(manager.messages.map { "\($0.text) \($0.count)" } == stored)
    }

    @Test("gets it also when the manager's queue was full, a little later")
    func full() throws {
        let manager = try Manager()
        let sender = try DatagramSocket.unbound()
        var filling = 0
        while try DatagramSocket.send(Array("x".utf8), to: .path(manager.path), from: sender)
            == .sent
        { filling += 1 }
        try #require(filling > 0)
        let output = try serve(manager, "barrier") { child in
            // It sleeps nowhere else.
            let waits = try eventually {
                let bytes = try FileSystem.readFile("/proc/\(child.pid)/stat", limit: 4_096)
                return String(decoding: bytes, as: UTF8.self).contains("(KernelProbe) S ")
            }
            #expect(waits)
        }
        #expect(manager.messages.count == filling + 1)
        #expect(manager.messages.last?.text == "BARRIER=1")
        #expect(output.count == 2)
    }

    @Test("is waited for no longer than was asked, and nothing is left of that")
    func late() throws {
        let manager = try Manager()
        let run = try runProbe("barrier") { request in
            request.environment.append("NOTIFY_SOCKET=\(manager.path)")
        }
        // The notify socket is the one that is open.
        #expect(run.output == ["answered false", "open 1"])
    }

    @Test("is not there without a manager")
    func absent() throws {
        let run = try runProbe("store") { request in
            request.environment.removeAll { $0.hasPrefix("NOTIFY_SOCKET=") }
        }
        #expect(run.output == ["nobody listens"])
    }
}
