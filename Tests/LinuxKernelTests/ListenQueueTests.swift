import CLinux
import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

@Suite("The queue of a listening socket")
struct ListenQueueTests {
    @Test("holds who has connected and was not accepted", arguments: ["127.0.0.1:0", "path"])
    func waiting(_ place: String) throws {
        let directory = try TemporaryDirectory()
        let address = SocketAddress(
            listenStream: place == "path" ? "\(directory.path)/socket" : place)
        let socket = try ListeningSocket.make(at: try #require(address))
        try ListeningSocket.setBacklog(7, of: socket)
        let facts = try SocketFacts(of: socket)
        #expect(ListenQueue.read(of: socket, facts) == ListenQueue(length: 0, limit: 7))

        var clients: [Int32] = []
        defer { for client in clients { close(client) } }
        for _ in 0..<2 {
            let client = Glibc.socket(facts.family, Int32(SOCK_STREAM.rawValue), 0)
            clients.append(client)
            let result = try facts.address.withKernelForm { pointer, length in
                systemCall { connect(client, pointer, length) }
            }
            _ = try result.get("connect")
        }
        #expect(ListenQueue.read(of: socket, facts) == ListenQueue(length: 2, limit: 7))
        #expect(try ListeningSocket.accept(from: socket) != nil)
        #expect(ListenQueue.read(of: socket, facts) == ListenQueue(length: 1, limit: 7))
    }

    @Test("is not there where nobody listens")
    func datagram() throws {
        let address = try #require(SocketAddress(listenStream: "127.0.0.1:0"))
        let socket = try ListeningSocket.makeDatagram(at: address)
        #expect(ListenQueue.read(of: socket, try SocketFacts(of: socket)) == nil)
        #expect(try UnixSocketQuery(inode: .max).queue() == nil)
    }

    @Test("is not read from a reply that is cut short or makes no sense")
    func nonsense() {
        for length in 0..<64 {
            for byte in [UInt8.min, 1, 4, 20, .max] {
                let bytes = [UInt8](repeating: byte, count: length)
                let queue = bytes.withUnsafeBytes { UnixSocketQuery.queue(in: $0) }
                #expect(queue == nil)
            }
        }
    }

    @Test("loses connections, which the kernel counts")
    func losses() throws {
        let text = """
            TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPHPHits
            TcpExt: 1 20 300 4000
            IpExt: InNoRoutes ListenDrops
            IpExt: 0 9

            """
        let losses = try #require(ListenLosses(netstat: text))
        #expect(losses.overflows == 20)
        #expect(losses.drops == 300)
        #expect(ListenLosses(netstat: "") == nil)
        #expect(ListenLosses(netstat: "TcpExt: ListenOverflows ListenDrops\nTcpExt: 1\n") == nil)
        #expect(ListenLosses.read() != nil)
    }
}
