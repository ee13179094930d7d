import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

@Suite("Connecting to a unix socket")
struct ConnectingSocketTests {
    private static let second: Int64 = 1_000_000_000

    private func refusal(_ path: String, nanoseconds: Int64 = second) -> Int32? {
        do throws(SystemError) {
            _ = try ConnectingSocket.connect(to: .path(path), nanoseconds: nanoseconds)
            return nil
        } catch {
            return error.code
        }
    }

    @Test("gives a non-blocking, close-on-exec descriptor whose peer is who listens")
    func connects() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/control"
        let listener = try ListeningSocket.make(at: .path(path))
        let client = try ConnectingSocket.connect(to: .path(path), nanoseconds: Self.second)
        #expect(try client.isNonBlocking())
        #expect(try client.isCloseOnExec())
        #expect(try client.peerCredentials().pid == getpid())
        guard let server = try ListeningSocket.accept(from: listener) else {
            Issue.record("nobody waits to be accepted")
            return
        }
        let sent = "hello".utf8.withContiguousStorageIfAvailable { bytes in
            try? client.send(UnsafeRawBufferPointer(bytes))
        }
        #expect(sent == .bytes(5))
        var buffer = [UInt8](repeating: 0, count: 16)
        let received = try buffer.withUnsafeMutableBytes { try server.receive(into: $0) }
        #expect(received == .bytes(5))
    }

    @Test("tells a missing file, a file whose listener is gone, and a file that is no socket apart")
    func nobody() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/control"
        #expect(refusal(path) == ENOENT)
        do { _ = try ListeningSocket.make(at: .path(path)) }
        #expect(refusal(path) == ECONNREFUSED)
        try FileSystem.writeFile("\(directory.path)/file", [])
        #expect(refusal("\(directory.path)/file") == ECONNREFUSED)
        #expect(refusal("\(directory.path)/file/below") == ENOTDIR)
    }

    @Test("waits no longer than it may for room in the listener's queue", .timeLimit(.minutes(1)))
    func fullQueue() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/control"
        let listener = try ListeningSocket.make(at: .path(path))
        // A queue that holds one connection; listen(2) may be repeated to change its length.
        #expect(listen(listener.rawValue, 0) == 0)
        let first = try ConnectingSocket.connect(to: .path(path), nanoseconds: Self.second)
        let start = MonotonicClock.now()
        #expect(refusal(path, nanoseconds: Self.second / 20) == EAGAIN)
        #expect(MonotonicClock.now() - start >= Self.second / 25)
        #expect(first.rawValue >= 0)
    }
}
