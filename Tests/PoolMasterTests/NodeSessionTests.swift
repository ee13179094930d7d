// A worker on Node that outlives its master: what the next one takes for an answer to it, and what not.

import LinuxKernel
import PoolConfiguration
import PoolWire
import Testing

@testable import PoolCore
@testable import PoolMaster

@Suite("Sessions of workers on Node") struct NodeSessionTests {
    private let sockets: [PoolSocket]
    private let listeners: NodeListeners
    private let own: SharedDescriptor
    private let other: SharedDescriptor

    init() throws {
        sockets = [try .bound(.stream, "127.0.0.1:0", name: "web")]
        listeners = NodeListeners(sockets)
        (own, other) = try ChannelPair.make(.stream)
    }

    private func session(
        resuming state: SessionState? = nil, firstSequence: Int = 0
    ) throws -> NodeSession {
        let settings = try PoolSettings.code(
            name: "web",
            settings: [
                .directive(.pool, "Protocol", "node"),
                .directive(.pool, "Dispatch", "round-robin"), .command(["/usr/bin/node"]),
            ])
        let id = WorkerID(slot: 0, incarnation: 1)
        let order = try #require(LaunchOrder(id, 1, settings, listeners))
        return NodeSession(
            own, listeners, CounterMemory(), order, resuming: state, firstSequence: firstSequence)
    }

    private func write(_ text: String) throws {
        let bytes = Array(text.utf8)
        let transfer = try bytes.withUnsafeBytes { try other.descriptor.send($0) }
        #expect(transfer == .bytes(bytes.count))
    }

    /// As the master does it: what was heard is written down before it is forgotten.
    private func hear(_ session: NodeSession) -> [WorkerNews] {
        defer { session.forgetReceived() }
        return session.receive()
    }

    /// What the worker has been told, and has not read yet.
    private func read() throws -> String {
        let bytes = try withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) {
            buffer -> [UInt8] in
            guard case .bytes(let count) = try other.descriptor.receive(into: buffer) else {
                return []
            }
            return Array(buffer[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func connection() throws -> Dispatcher.Connection {
        Dispatcher.Connection(
            descriptor: try ChannelPair.make(.stream).0, source: .unknown)
    }

    private static let query =
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":null,"#
        + #""address":null,"port":80,"addressType":4,"seq":1}"# + "\n"
    private static let online = #"{"cmd":"NODE_CLUSTER","act":"online","seq":0}"# + "\n"

    private static func taken(_ number: Int) -> String {
        #"{"cmd":"NODE_CLUSTER","ack":\#(number),"accepted":true,"seq":9}"# + "\n"
    }

    /// A worker that waits for connections of the one socket.
    private func served() throws -> NodeSession {
        let session = try session()
        try write(Self.online + Self.query)
        #expect(hear(session).map(\.text) == ["opened 0"])
        session.flush()
        #expect(session.state == SessionState(hasGreeted: true, served: [0], hasSaidReady: false))
        return session
    }

    @Test func anAnswerIsSentOnceWhatFollowsFromItCanBeKept() throws {
        let session = try session()
        try write(Self.online + Self.query)
        #expect(hear(session).map(\.text) == ["opened 0"])
        #expect(session.isStateNew && listeners.isStateNew)
        #expect(session.state == SessionState(hasGreeted: true, served: [0], hasSaidReady: false))
        #expect(try read() == "")
        session.flush()
        #expect(try read().contains(#""ack":1"#))
        session.isStateNew = false
        try write(Self.taken(77))
        #expect(hear(session).isEmpty && !session.isStateNew)
    }

    @Test func connectionsGoOnAndFormerAnswersAreNoAnswers() throws {
        let former = try served()
        #expect(former.give(try connection(), from: 0))
        former.flush()
        _ = try read()
        let session = try session(resuming: former.state, firstSequence: 2 << 32)
        #expect(session.state == former.state && !session.isStateNew)
        #expect(session.give(try connection(), from: 0))
        session.flush()
        #expect(try read().contains("\"seq\":\(2 << 32)"))
        // Of the one that the master before had given; of this one's; of none, twice.
        try write(Self.taken(1) + Self.taken(2 << 32) + Self.taken(2 << 32))
        #expect(hear(session).map(\.text) == ["took 0 x1"])
        #expect(session.takeBack().isEmpty && session.isOpen)
    }

    @Test func theRestOfALineIsIgnoredOnce() throws {
        let former = try served()
        let session = try session(resuming: former.state)
        try write(#""act":"listening","key":"}"}"# + "\n")
        try write(#"{"cmd":"NODE_CLUSTER","act":"listening"}"# + "\n")
        #expect(hear(session).map(\.text) == ["ready"])
        try write("\"}\n")
        #expect(
            hear(session).map(\.text) == [
                "broken: sent something on its channel that is no JSON"
            ])
        #expect(!session.isOpen)
    }

    @Test func whatWasNotWrittenDownIsThereForTheNextMaster() throws {
        let former = try session()
        try write(Self.online + Self.query)
        #expect(former.receive().map(\.text) == ["opened 0"])
        // Killed in this moment, with nothing written down.
        let session = try session(resuming: SessionState())
        #expect(hear(session).map(\.text) == ["opened 0"])
        try write(#"{"cmd":"NODE_CLUSTER","act":"listening"}"# + "\n")
        #expect(session.receive().map(\.text) == ["ready"])
        #expect(session.state.hasSaidReady == true && session.isStateNew)
        session.forgetReceived()
        // From now on what was read is gone at once: answers for connections come without end.
        try write(Self.taken(1))
        #expect(session.receive().isEmpty)
        #expect(try self.session(resuming: session.state).receive().isEmpty)
    }

    @Test func aWholeFirstLineIsHeard() throws {
        let session = try session(resuming: SessionState())
        // And that "online" was read by the master before is no reason for a warning.
        try write(#"{"cmd":"NODE_CLUSTER","act":"listening"}"# + "\n")
        #expect(hear(session).map(\.text) == ["ready"])
    }

    @Test func nobodyWritesOnAChannelThatWasLeftInALine() throws {
        let former = try session()
        let line = [UInt8](repeating: 0x20, count: 3 << 20) + [0x0a]
        #expect(former.channel.queue(line))
        former.flush()
        #expect(former.isStateNew && former.state.isTorn)
        let session = try session(resuming: SessionState(served: [0], isTorn: true))
        #expect(!session.give(try connection(), from: 0))
        #expect(!session.disconnect() && !session.tell(WorkerRoll(workers: [])))
        #expect(!session.channel.hasOutput && session.state.isTorn)
        #expect(
            hear(session).map(\.text) == [
                "broken: was left by the master before in the middle of a line"
            ])
        #expect(!session.isOpen && hear(session).isEmpty)
    }

    @Test func aLineThatIsSentInTheEndIsNotTorn() throws {
        let session = try session()
        #expect(session.channel.queue([UInt8](repeating: 0x20, count: 1 << 20) + [0x0a]))
        session.flush()
        #expect(session.state.isTorn)
        for _ in 0..<1_000 where session.channel.hasOutput {
            _ = try read()
            session.flush()
        }
        #expect(!session.state.isTorn && session.isOpen)
    }
}

extension WorkerNews {
    fileprivate var text: String {
        switch self {
        case .notice(.broken(let fault)): "broken: \(fault)"
        case .notice(let notice): "\(notice)"
        case .opened(let index): "opened \(index)"
        case .took(let index, let count): "took \(index) x\(count)"
        default: "something else"
        }
    }
}
