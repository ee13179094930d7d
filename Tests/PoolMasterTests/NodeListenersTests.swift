// Which socket a Node program gets for the place where it listens.

import FoundationEssentials
import LinuxKernel
import PoolConfiguration
import PoolWire
import TestSupport
import Testing

@testable import PoolMaster

@Suite("The sockets of Node programs")
struct NodeListenersTests {
    private let directory: TemporaryDirectory
    private let sockets: [PoolSocket]

    init() throws {
        directory = try TemporaryDirectory()
        sockets = [
            try .bound(.stream, "127.0.0.1:0", name: "web"),
            try .bound(.stream, "[::1]:0", name: "web"),
            try .bound(.stream, "\(directory.path)/a.sock", name: "web"),
            try .bound(.datagram, "127.0.0.1:0", name: "web"),
            try .bound(.stream, "127.0.0.1:0", name: "9001"),
        ]
    }

    private func port(_ index: Int) -> Int {
        switch sockets[index].facts.address {
        case .inet4(_, let port), .inet6(_, let port, _): Int(port)
        default: -1
        }
    }

    /// The places of the sockets that a program gets which listens in these places, one after the
    /// other.
    private func order(_ places: [NodeListenQuery.Place]) -> [Int?] {
        let listeners = NodeListeners(sockets)
        return places.map { place in
            listeners.share(NodeListenQuery(place: place)).flatMap { Int($0.key) }
        }
    }

    @Test func aPlaceIsFoundByNumberNameAddressAndPort() {
        let path = "\(directory.path)/a.sock"
        #expect(order([.descriptor(6), .descriptor(6), .descriptor(3)]) == [3, 3, 0])
        #expect(order([.tcp(address: nil, port: 9_001)]) == [4])
        #expect(order([.tcp(address: "::1", port: port(1))]) == [1])
        #expect(order([.tcp(address: nil, port: port(1))]) == [1])
        #expect(order([.unix(path: path)]) == [2])
        #expect(order([.udp(address: "0.0.0.0", port: port(3))]) == [3])
    }

    @Test func whatIsNotFoundIsTheNextOfItsKind() {
        let ports = (1...4).map { NodeListenQuery.Place.tcp(address: nil, port: $0) }
        #expect(order(ports) == [0, 1, 4, nil])
        #expect(order([.unix(path: "/b"), .unix(path: "/c")]) == [2, nil])
        #expect(order([.udp(address: nil, port: 53), .udp(address: nil, port: 54)]) == [3, nil])
        #expect(
            order([.unknown, .descriptor(2), .descriptor(99), .descriptor(.max)]) == [
                nil, nil, nil, nil,
            ])
    }

    @Test func allWorkersGetTheSameSocketInWhateverOrderTheyAsk() {
        let listeners = NodeListeners(sockets)
        let places: [NodeListenQuery.Place] = [
            .tcp(address: nil, port: 1), .tcp(address: "127.0.0.1", port: 2), .unix(path: "/b"),
        ]
        let first = places.map { listeners.share(NodeListenQuery(place: $0))?.key }
        let second = places.reversed().map { listeners.share(NodeListenQuery(place: $0))?.key }
        #expect(first == second.reversed())
        #expect(Set(first).count == 3)
        #expect(listeners.place(of: 0) == places[0])
        #expect(listeners.place(of: 4) == nil)
    }

    /// Two generations that ask in another order must not take each other's clients.
    @Test func theNextGenerationKeepsThePlaces() {
        let first = NodeListeners(sockets)
        let places = [1, 2, 3].map { NodeListenQuery.Place.tcp(address: nil, port: $0) }
        let keys = places.map { first.share(NodeListenQuery(place: $0))?.key }
        let second = NodeListeners(sockets, after: first)
        let again = places.reversed().map { second.share(NodeListenQuery(place: $0))?.key }
        #expect(again == keys.reversed())
    }

    @Test func aNewPlaceTakesNoSocketOfAnOldOneWithoutNeed() {
        let first = NodeListeners(sockets)
        let place = NodeListenQuery.Place.tcp(address: nil, port: 1)
        #expect(first.share(NodeListenQuery(place: place))?.key == "0")
        let second = NodeListeners(sockets, after: first)
        let others = [2, 3, 4].map { NodeListenQuery.Place.tcp(address: nil, port: $0) }
        let keys = others.map { second.share(NodeListenQuery(place: $0))?.key }
        #expect(keys == ["1", "4", "0"])
    }

    @Test func theNextMasterHasTheSamePlaces() throws {
        let first = NodeListeners(sockets)
        let places: [NodeListenQuery.Place] = [
            .tcp(address: nil, port: 1), .unix(path: "/b"), .udp(address: "::1", port: 53),
            .descriptor(4),
        ]
        let data = NodeData.object(["keys": .list([.number(1), .text("a"), .bool(true)])])
        #expect(!first.isStateNew)
        for place in places { _ = first.share(NodeListenQuery(place: place, data: data)) }
        #expect(first.isStateNew)
        let second = NodeListeners(sockets, after: first)
        _ = second.share(NodeListenQuery(place: places[1]))
        for listeners in [first, second] {
            let json = try JSONEncoder().encode(listeners.state)
            let state = try JSONDecoder().decode(NodeListeners.State.self, from: json)
            #expect(state == listeners.state)
            let next = NodeListeners(sockets, state)
            for place in places {
                let (own, other) = (NodeListenQuery(place: place), NodeListenQuery(place: place))
                let (was, isNow) = (listeners.share(own), next.share(other))
                #expect(isNow?.key == was?.key && isNow?.data == was?.data)
            }
        }
    }

    @Test func aPlaceWhoseSocketIsGoneIsFreeAgain() {
        let first = NodeListeners(sockets)
        for port in 1...4 {
            _ = first.share(NodeListenQuery(place: .tcp(address: nil, port: port)))
        }
        let next = NodeListeners([sockets[0]], first.state)
        #expect(next.share(NodeListenQuery(place: .tcp(address: nil, port: 1)))?.key == "0")
        #expect(next.share(NodeListenQuery(place: .tcp(address: nil, port: 2))) == nil)
    }

    @Test func aSecondServerAtTheSamePlaceGetsNone() {
        let listeners = NodeListeners(sockets)
        let place = NodeListenQuery.Place.tcp(address: nil, port: 80)
        #expect(listeners.share(NodeListenQuery(index: 1, place: place)) == nil)
        #expect(listeners.share(NodeListenQuery(place: place)) != nil)
        #expect(listeners.share(NodeListenQuery(index: 1, place: place)) == nil)
    }

    @Test func whatTheFirstGivesIsSharedByAll() throws {
        let listeners = NodeListeners(sockets)
        let place = NodeListenQuery.Place.tcp(address: nil, port: port(0))
        let first = NodeListenQuery(place: place, data: .text("keys"))
        let share = try #require(listeners.share(first))
        #expect(share.data == .text("keys") && !share.isElsewhere)
        let second = NodeListenQuery(place: place, data: .text("others"))
        #expect(listeners.share(second)?.data == .text("keys"))
        let elsewhere = NodeListenQuery(place: .tcp(address: nil, port: 1))
        #expect(listeners.share(elsewhere)?.isElsewhere == true)
    }
}

@Suite("The channel to a worker")
struct WorkerChannelTests {
    /// What the other end reads, until nothing is there.
    private func read(_ end: SharedDescriptor) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) {
                buffer -> [UInt8] in
                guard case .bytes(let count) = try end.descriptor.receive(into: buffer) else {
                    return []
                }
                return Array(buffer[..<count])
            }
            if piece.isEmpty { return bytes }
            bytes += piece
        }
    }

    @Test func whatTheWorkerDoesNotReadWaitsInOrderAndWithinBounds() throws {
        let (own, other) = try ChannelPair.make(.stream)
        let channel = WorkerChannel(own)
        let line = [UInt8](repeating: 0x61, count: 99_999) + [0x0a]
        var queued = 0
        while channel.queue(line) {
            queued += 1
            #expect(channel.flush())
        }
        #expect(queued * line.count >= WorkerChannel.mostWaiting)
        #expect(queued * line.count <= WorkerChannel.mostWaiting + 2 << 20)
        #expect(channel.hasOutput)
        var seen = 0
        repeat {
            let bytes = try read(other)
            seen += bytes.count
            #expect(channel.flush())
        } while channel.hasOutput
        seen += try read(other).count
        #expect(seen == queued * line.count)
        #expect(channel.queue(line) && channel.flush() && !channel.hasOutput)
    }

    @Test func aWorkerThatIsGoneIsNoError() throws {
        let channel: WorkerChannel
        do {
            let (own, _) = try ChannelPair.make(.stream)
            channel = WorkerChannel(own)
        }
        #expect(try eventually { channel.queue([0x0a]) && !channel.flush() })
    }
}
