import CLinux
import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

@Suite("An address")
struct SocketAddressTests {
    @Test(
        "reads what ListenStream= reads, and writes it back",
        arguments: [
            ("8000", "[::]:8000"), ("127.0.0.1:8000", "127.0.0.1:8000"), ("[::1]:80", "[::1]:80"),
            ("[fe80::1%2]:80", "[fe80::1%2]:80"), ("/run/x.sock", "/run/x.sock"),
            ("@abstract", "@abstract"), ("0", "[::]:0"),
        ])
    func text(text: String, written: String) throws {
        let address = try #require(SocketAddress(listenStream: text))
        #expect(address.description == written)
        #expect(SocketAddress(listenStream: written) == address)
    }

    @Test(
        "refuses what is no address",
        arguments: [
            "", "65536", "-1", "+1", "localhost:80", "1.2.3:80", "1.2.3.4", "1.2.3.4:", "[::1]",
            "[::1]80", "[::1%eth0]:80", "[::1%0]:1", "[::g]:80", "@", "x/y", "[]:1", "٣:1", ":80",
        ])
    func refusal(text: String) {
        #expect(SocketAddress(listenStream: text) == nil)
    }

    @Test("refuses a path that is too long for the kernel, and takes the longest")
    func longPath() throws {
        let directory = try TemporaryDirectory()
        let room = SocketAddress.longestPath - directory.path.utf8.count - 1
        let longest = "\(directory.path)/" + String(repeating: "x", count: room)
        let socket = try ListeningSocket.make(at: .path(longest))
        #expect(try SocketFacts(of: socket).address == .path(longest))
        do throws(SystemError) {
            _ = try ListeningSocket.make(at: .path(longest + "x"))
            Issue.record("a path too long was bound")
        } catch {
            #expect(error.code == ENAMETOOLONG)
        }
    }
}

@Suite("A listening socket")
struct ListeningSocketTests {
    @Test("tells the kernel's facts", arguments: ["127.0.0.1:0", "[::1]:0", "0", "@martlet-test"])
    func facts(text: String) throws {
        let wanted = try #require(SocketAddress(listenStream: text))
        let socket = try ListeningSocket.make(at: wanted)
        let facts = try SocketFacts(of: socket)
        #expect(facts.kind == .stream)
        #expect(facts.isListening)
        #expect(try socket.isNonBlocking() && socket.isCloseOnExec())
        switch (wanted, facts.address) {
        case (.inet4(let bytes, _), .inet4(let seen, let port)):
            #expect(bytes == seen && port > 0)
        case (.inet6(let bytes, _, _), .inet6(let seen, let port, _)):
            #expect(bytes == seen && port > 0)
        default: #expect(wanted == facts.address)
        }
    }

    @Test("at every address takes IPv4 as well")
    func dualStack() throws {
        let socket = try ListeningSocket.make(at: try #require(SocketAddress(listenStream: "0")))
        guard case .inet6(_, let port, _) = try SocketFacts(of: socket).address else {
            Issue.record("this needs IPv6")
            return
        }
        let client = try connect(to: .inet4([127, 0, 0, 1], port: port))
        _ = try awaitEvents(socket)
        #expect(try ListeningSocket.accept(from: socket) != nil)
        #expect(try ListeningSocket.accept(from: socket) == nil)
        _ = consume client
    }

    @Test("has a file of the mode asked for, whatever the umask is, and knows who connects")
    func unix() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/socket"
        let listener = try ListeningSocket.make(at: .path(path), mode: 0o622)
        #expect(try FileSystem.status(of: path)?.mode == 0o622)
        let client = try connect(to: .path(path))
        let server = try #require(try accepted(listener))
        let peer = try server.descriptor.peerCredentials()
        #expect(try client.peerCredentials() == peer)
        #expect(peer.pid == getpid() && peer.user == geteuid() && peer.group == getegid())
        #expect(try SocketFacts(of: server.descriptor).isListening == false)
    }

    @Test("takes the place of a file that nobody listens at, and of no other")
    func staleFile() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/socket"
        close(try ListeningSocket.make(at: .path(path)).release())
        var second: SharedDescriptor?
        #expect(
            try eventually {
                second = try? SharedDescriptor(ListeningSocket.make(at: .path(path)))
                return second != nil
            }, "nobody listens")
        #expect(listenError(path) == EADDRINUSE, "somebody listens")
        #expect(try FileSystem.status(of: path)?.kind == .socket)
        second = nil

        try FileSystem.unlink(path)
        let datagram = try DatagramSocket.bind(path: path)
        #expect(listenError(path) == EADDRINUSE, "somebody receives")
        _ = consume datagram

        try FileSystem.unlink(path)
        try FileSystem.writeFile(path, [1])
        #expect(listenError(path) == EADDRINUSE, "it is no socket")
        #expect(try FileSystem.readFile(path, limit: 1) == [1])
    }

    @Test("says what it is not")
    func notASocket() throws {
        let pipe = try Pipe()
        do throws(SystemError) {
            _ = try SocketFacts(of: pipe.readEnd.descriptor)
            Issue.record("a pipe passed for a socket")
        } catch {
            #expect(error.code == ENOTSOCK)
        }
    }

    private func listenError(_ path: String) -> Int32 {
        do throws(SystemError) {
            _ = try ListeningSocket.make(at: .path(path))
            return 0
        } catch {
            return error.code
        }
    }
}

private func connect(to address: SocketAddress) throws -> FileDescriptor {
    let raw = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    let client = FileDescriptor(owning: raw)
    let result = try address.withKernelForm { connect(raw, $0, $1) }
    try #require(result == 0)
    return client
}

private func accepted(_ listener: borrowing FileDescriptor) throws -> SharedDescriptor? {
    _ = try awaitEvents(listener)
    guard let server = try ListeningSocket.accept(from: listener) else { return nil }
    return SharedDescriptor(server)
}

@Suite("A datagram socket")
struct DatagramSocketTests {
    private func receive(
        _ socket: borrowing FileDescriptor, size: Int = 64
    ) throws -> (ReceivedDatagram, String)? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        defer { buffer.deallocate() }
        guard let datagram = try DatagramSocket.receive(from: socket, into: buffer) else {
            return nil
        }
        return (datagram, String(decoding: buffer[..<datagram.length], as: UTF8.self))
    }

    private func peek(
        _ socket: borrowing FileDescriptor, size: Int = 64
    ) throws -> (length: Int, text: String)? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        defer { buffer.deallocate() }
        guard let length = try DatagramSocket.peek(at: socket, into: buffer) else { return nil }
        return (length, String(decoding: buffer[..<min(length, size)], as: UTF8.self))
    }

    @Test("shows a message without taking it, as long as it is, until it is dropped")
    func looking() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/notify"
        let receiver = try DatagramSocket.bind(path: path)
        #expect(try peek(receiver) == nil)
        let sender = try DatagramSocket.unbound()
        for text in ["STATUS=long", "READY=1"] {
            #expect(
                try DatagramSocket.send(Array(text.utf8), to: .path(path), from: sender) == .sent)
        }
        for _ in 1...2 {
            let seen = try #require(try peek(receiver, size: 6))
            #expect(seen.length == 11 && seen.text == "STATUS")
        }
        try DatagramSocket.drop(from: receiver)
        #expect(try peek(receiver)?.text == "READY=1")
        try DatagramSocket.drop(from: receiver)
        #expect(try peek(receiver) == nil)
        // Of nothing, nothing is dropped.
        try DatagramSocket.drop(from: receiver)
    }

    @Test("gives each message with its sender, and nothing when there is none")
    func messages() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/notify"
        let receiver = try DatagramSocket.bind(path: path, mode: 0o620)
        #expect(try FileSystem.status(of: path)?.mode == 0o620)
        #expect(try receive(receiver) == nil)
        let sender = try DatagramSocket.unbound()
        #expect(
            try DatagramSocket.send(Array("READY=1".utf8), to: .path(path), from: sender) == .sent)
        #expect(try DatagramSocket.send([], to: .path(path), from: sender) == .sent)
        let (datagram, text) = try #require(try receive(receiver))
        #expect(text == "READY=1")
        #expect(datagram.isTruncated == false)
        #expect(datagram.sender?.pid == getpid() && datagram.sender?.user == geteuid())
        #expect(try #require(try receive(receiver)).0.length == 0)
        #expect(try receive(receiver) == nil)
    }

    private static let notifier = "/usr/bin/systemd-notify"

    @Test(
        "knows the sender to be the child that sent it",
        .enabled(if: access(notifier, X_OK) == 0, "needs systemd-notify"))
    func childSends() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/notify"
        let receiver = try DatagramSocket.bind(path: path)
        var request = LaunchRequest(
            executable: Self.notifier, arguments: ["systemd-notify", "--ready"])
        request.environment = ["NOTIFY_SOCKET=\(path)"]
        let child = try ChildProcess.launch(request)
        _ = try awaitEvents(receiver)
        let (datagram, text) = try #require(try receive(receiver))
        #expect(text.hasPrefix("READY=1"))
        #expect(datagram.sender?.user == geteuid())
        // It then sends BARRIER=1 with a pipe and waits until we have dropped that.
        _ = try awaitEvents(receiver)
        #expect(try #require(try receive(receiver)).1 == "BARRIER=1")
        #expect(try child.awaitExit() == .exited(0))
    }

    @Test("drops the descriptors that come with a message", arguments: [1, 4, 253])
    func foreignDescriptors(count: Int) throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/notify"
        let receiver = try DatagramSocket.bind(path: path)
        let readEnd = try sendWriteEnds(count, to: path)
        let (datagram, _) = try #require(try receive(receiver))
        #expect(datagram.length == 1 && datagram.sender?.pid == getpid())
        #expect(try read(readEnd.descriptor) == "", "the end of file shows the last was closed")
    }

    /// Those in the message are the only write ends left when it returns.
    private func sendWriteEnds(_ count: Int, to path: String) throws -> SharedDescriptor {
        let pipe = try Pipe()
        let ends = [SharedDescriptor](repeating: try #require(pipe.writeEnd), count: count)
        let sender = try DatagramSocket.unbound()
        let sent = try DatagramSocket.send(
            [1], descriptors: ends, to: .path(path), from: sender)
        #expect(sent == .sent)
        return pipe.readEnd
    }

    @Test("closes descriptors even without credentials to leave them no room")
    func withoutCredentials() throws {
        var pair: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &pair) == 0)
        let sender = FileDescriptor(owning: pair[0])
        let receiver = FileDescriptor(owning: pair[1])
        var pipe = try Pipe()
        let end = try #require(pipe.writeEnd).rawValue
        #expect(martlet_send(sender.rawValue, [1], 1, [end, end], 2, nil, 0) == 1)
        pipe.writeEnd = nil
        let (datagram, _) = try #require(try receive(receiver))
        #expect(datagram.sender == nil)
        #expect(try read(pipe.readEnd.descriptor) == "")
    }

    @Test("cuts what is longer than the buffer and says so")
    func truncation() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/notify"
        let receiver = try DatagramSocket.bind(path: path)
        let sender = try DatagramSocket.unbound()
        let bytes = [UInt8](repeating: 65, count: 65)
        #expect(try DatagramSocket.send(bytes, to: .path(path), from: sender) == .sent)
        let (datagram, text) = try #require(try receive(receiver))
        #expect(datagram.isTruncated && text == String(repeating: "A", count: 64))
    }

    @Test("is absent, full or too small without anybody waiting")
    func refusals() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/notify"
        let sender = try DatagramSocket.unbound()
        #expect(try DatagramSocket.send([1], to: .path(path), from: sender) == .absent)
        let receiver = try DatagramSocket.bind(path: path)
        let large = [UInt8](repeating: 0, count: 8 << 20)
        #expect(try DatagramSocket.send(large, to: .path(path), from: sender) == .tooLong)
        var last = DatagramSocket.Sending.sent
        for _ in 0..<100_000 where last == .sent {
            last = try DatagramSocket.send([1], to: .path(path), from: sender)
        }
        #expect(last == .wouldBlock)
        _ = consume receiver
        #expect(
            try eventually {
                try DatagramSocket.send([1], to: .path(path), from: sender) == .absent
            })
    }
}

@Suite("A transfer")
struct TransferTests {
    @Test("moves bytes, would block, and meets a closed peer without a signal")
    func connected() throws {
        var pair: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        let left = FileDescriptor(owning: pair[0])
        let right = SharedDescriptor(FileDescriptor(owning: pair[1]))
        var bytes = [UInt8](repeating: 7, count: 1 << 20)
        #expect(try receive(left, &bytes) == .wouldBlock)
        let sent = try send(left, bytes)
        guard case .bytes(let count) = sent else {
            Issue.record("\(sent)")
            return
        }
        #expect(count < bytes.count, "the peer reads nothing")
        #expect(try send(left, bytes) == .wouldBlock)
        #expect(try receive(right.descriptor, &bytes) == .bytes(count))
        try closePeer(right)
        #expect(try send(left, [1]) == .closed)
        #expect(try receive(left, &bytes) == .closed)
    }

    private func closePeer(_ peer: SharedDescriptor) throws {
        // The object lives on in the caller; shutting down shows the same to the other side.
        try #require(shutdown(peer.rawValue, Int32(SHUT_RDWR)) == 0)
    }

    private func send(_ socket: borrowing FileDescriptor, _ bytes: [UInt8]) throws -> Transfer {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: bytes)
        return try socket.send(UnsafeRawBufferPointer(buffer))
    }

    private func receive(
        _ socket: borrowing FileDescriptor, _ bytes: inout [UInt8]
    ) throws -> Transfer {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { buffer.deallocate() }
        return try socket.receive(into: buffer)
    }
}
