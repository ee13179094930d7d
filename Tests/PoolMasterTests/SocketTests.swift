// Sockets on their way from whoever holds them to workers, and those that can't be taken.

import Glibc
import LinuxKernel
import Testing

@Suite struct SocketTests {
    private static func listener(_ text: String) throws -> SharedDescriptor {
        let address = try #require(SocketAddress(listenStream: text))
        return SharedDescriptor(try ListeningSocket.make(at: address))
    }

    /// As systemd gives it, whatever programs make of it.
    @Test(.played)
    func theQueueIsAsLongAsBefore() throws {
        try Stage.play { stage in
            let socket = try Self.listener("@\(stage.pool)-queue")
            let script = Script(1, "listen:1", "ready", "log:listens", "wait")
            _ = try stage.raise(script, sockets: [socket], names: ["http"])
            try stage.await("puppet 0/1 listens")
            let address = try #require(SocketAddress(listenStream: "@\(stage.pool)-queue"))
            // With a queue of one the third would have to wait.
            let clients = try (0..<20).map { _ in
                SharedDescriptor(
                    try ConnectingSocket.connect(to: address, nanoseconds: 1_000_000_000))
            }
            #expect(clients.count == 20)
        }
    }

    @Test(.played)
    func everyKindOfSocketReachesEveryWorkerInOrderAndByName() throws {
        try Stage.play { stage in
            let path = "\(stage.directory)/stream"
            let sockets = [
                try Self.listener("127.0.0.1:0"), try Self.listener("[::1]:0"),
                try Self.listener(path), try Self.listener("@\(stage.pool)-handed"),
                SharedDescriptor(
                    try ListeningSocket.makeDatagram(
                        at: try #require(SocketAddress(listenStream: "127.0.0.1:0")))),
            ]
            // As systemd hands them over.
            for socket in sockets { try socket.descriptor.setNonBlocking(false) }
            let names = ["http", "six", "local", "", "log"]
            let master = try stage.raise(
                Script(2, "tell", "ready", "wait"), sockets: sockets, names: names)
            for slot in 0..<2 {
                let told = try Files.read("\(stage.directory)/told.\(slot).1")
                    .split(separator: "\n").map(String.init)
                let pid = try #require(told.first { $0.hasPrefix("pid ") }?.dropFirst(4))
                for line in ["LISTEN_FDS=5", "LISTEN_PID=\(pid)"] {
                    #expect(told.contains("environment \(line)"))
                }
                #expect(told.contains("environment LISTEN_FDNAMES=http:six:local::log"))
                let descriptors = told.filter { $0.hasPrefix("descriptor ") }.map {
                    String($0.dropFirst(11))
                }
                #expect(descriptors.count == 8, "\(descriptors)")
                let kinds = [
                    "AF_INET SOCK_STREAM nonblocking ('127.0.0.1', ",
                    "AF_INET6 SOCK_STREAM nonblocking ('::1', ",
                    "AF_UNIX SOCK_STREAM nonblocking \(path)",
                    "AF_UNIX SOCK_STREAM nonblocking b'\\x00\(stage.pool)-handed'",
                    "AF_INET SOCK_DGRAM nonblocking ('127.0.0.1', ",
                ]
                for (index, kind) in kinds.enumerated() {
                    #expect(descriptors[3 + index].hasPrefix("\(3 + index) \(kind)"))
                }
                #expect(descriptors.first == "0 /dev/null")
            }
            let listeners = try stage.report().listeners
            #expect(listeners.map(\.name) == names)
            #expect(
                listeners.map(\.kind) == ["stream", "stream", "stream", "stream", "datagram"])
            #expect(listeners[2].address == path)
            #expect(master.exit == nil)
        }
    }

    @Test(.played)
    func aConnectionMadeWhileNoWorkerLivesIsServedLater() throws {
        try Stage.play { stage in
            let socket = try Self.listener("127.0.0.1:0")
            try stage.makeGate("gate")
            let script = Script(1, "gate:gate", "ready", "serve")
            _ = try stage.begin(script, sockets: [socket], names: ["web"])
            try stage.await("puppet 0/1 waits at gate")
            let address = try SocketFacts(of: socket.descriptor).address
            let caller = try Caller(stage, address)
            try stage.open("gate")
            try stage.wait("the caller is served") { try caller.read() == "0/1\n" }
        }
    }

    @Test(.played)
    func theSocketOfTheFileIsBoundInTheForegroundAndItsFileGoesAtTheEnd() throws {
        try Stage.play { stage in
            let path = "\(stage.directory)/web.sock"
            let script = Script(
                1, "tell", "ready", "serve",
                socket: [
                    "ListenStream=127.0.0.1:0", "ListenStream=\(path)", "ListenDatagram=[::1]:0",
                    "FileDescriptorName=front",
                ])
            let master = try stage.raise(script)
            let report = try stage.report()
            #expect(report.listeners.map(\.name) == ["front", "front", "front"])
            let told = try Files.read("\(stage.directory)/told.0.1")
            #expect(told.contains("environment LISTEN_FDNAMES=front:front:front"))
            let address = try #require(
                SocketAddress(listenStream: report.listeners[0].address))
            let caller = try Caller(stage, address)
            try stage.wait("the caller is served") { try caller.read() == "0/1\n" }
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
            #expect(try FileSystem.status(ofLink: path) == nil, "the socket's file is left")
        }
    }

    // MARK: Refusals

    private static func refused(
        _ stage: Stage, _ socket: SharedDescriptor, name: String = "web"
    ) throws -> String {
        let master = try stage.begin(Script(), sockets: [socket], names: [name])
        #expect(try stage.awaitExit(master) == .exited(78))
        #expect(master.errorLines.count == 1)
        #expect(!stage.saidByMaster.contains("READY=1"))
        let sentence = master.errorLines.first ?? ""
        #expect(stage.saidByMaster == ["STATUS=\(sentence.dropFirst("martletd: ".count))"])
        return sentence
    }

    @Test(.played) func aConnectionIsRefused() throws {
        try Stage.play { stage in
            let listener = try Self.listener("127.0.0.1:0")
            let caller = try Caller(stage, try SocketFacts(of: listener.descriptor).address)
            try stage.wait("the connection is there") {
                let accepted = try ListeningSocket.accept(from: listener.descriptor)
                guard let accepted else { return false }
                let sentence = try Self.refused(stage, SharedDescriptor(accepted))
                #expect(
                    sentence == "martletd: descriptor 3 (web) is a connection, not a listening "
                        + "socket: set Accept=no in [Socket]")
                return true
            }
            _ = try caller.read()
        }
    }

    @Test(.played) func whatIsNoSocketIsRefused() throws {
        try Stage.play { stage in
            let sentence = try Self.refused(stage, try Pipe.make().reader, name: "fifo")
            #expect(
                sentence == "martletd: descriptor 3 (fifo) is not a socket: a pool serves from "
                    + "ListenStream=, ListenDatagram= or ListenSequentialPacket=")
        }
    }

    @Test(.played) func aSocketThatDoesNotListenIsRefused() throws {
        try Stage.play { stage in
            let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
            try #require(raw >= 0)
            let sentence = try Self.refused(stage, SharedDescriptor(FileDescriptor(owning: raw)))
            #expect(sentence.contains("not a listening socket"))
        }
    }

    @Test(.played)
    func anAddressThatIsTakenIsRefusedInOneSentence() throws {
        try Stage.play { stage in
            let holder = try Self.listener("127.0.0.1:0")
            let address = try SocketFacts(of: holder.descriptor).address
            let path = "\(stage.directory)/first"
            let script = Script(socket: ["ListenStream=\(path)", "ListenStream=\(address)"])
            let master = try stage.begin(script)
            #expect(try stage.awaitExit(master) == .exited(71))
            #expect(master.errorLines.count == 1)
            #expect(master.errors.hasPrefix("martletd: could not listen on \(address): "))
            #expect(try FileSystem.status(ofLink: path) == nil)
        }
    }
}

/// A client of the pool's own socket.
private final class Caller {
    private let socket: SharedDescriptor
    private var received = ""

    init(_ stage: Stage, _ address: SocketAddress) throws {
        guard case .inet4(_, let port) = address else { throw Surprise("\(address) is not IPv4") }
        let raw = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        try #require(raw >= 0)
        socket = SharedDescriptor(FileDescriptor(owning: raw))
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0, "nobody listens at \(address)")
    }

    func read() throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let transfer = try buffer.withUnsafeMutableBytes { bytes in
            Result { () throws(SystemError) in try socket.descriptor.receive(into: bytes) }
        }.get()
        if case .bytes(let count) = transfer {
            received += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return received
    }
}
