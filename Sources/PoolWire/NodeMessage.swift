// What a Node worker says on its channel: internal messages of `cluster`, and those of its program.
// Invariant: any line is a message or is refused; nothing in it can stop whoever reads it.
//
// The protocol is Node's own and not documented by it: lib/internal/cluster/child.js and
// lib/internal/child_process.js of Node 20. An internal message is an object whose `cmd` begins
// with NODE_; everything else was sent by the program with process.send().

/// One line.
package enum NodeMessage: Equatable, Sendable {
    /// Its first message, before any code of the program.
    case online
    /// Its program wants to listen, and waits for an answer to this number.
    case query(NodeListenQuery, number: Int)
    /// Its program listens, at a place that it has asked for.
    case listening
    /// Whether it has taken the connection that was sent with this number.
    case accepted(number: Int, Bool)
    /// A server of its program, by the key it was given, is closed.
    case closed(key: String)
    /// It is about to leave by itself, and waits for an answer to this number.
    case leaving(number: Int)
    /// It sent a descriptor, which is not taken.
    case handle
    /// Any other internal message.
    case other
    /// What its program has sent: the line, as it is.
    case program([UInt8])

    package init(line: [UInt8]) throws(NodeChannelBroken) {
        switch NodeAcceptance(line: line) {
        case .answer(let number, let isAccepted): self = .accepted(number: number, isAccepted)
        case .receipt: self = .other
        case nil: try self.init(anyLine: line)
        }
    }

    /// Whatever it is.
    init(anyLine line: [UInt8]) throws(NodeChannelBroken) {
        guard let members = JSONMembers(of: line) else { throw .notJSON }
        // Node itself writes no escapes there.
        guard let command = members.plainText("cmd"), command.starts(with: "NODE_".utf8),
            command.count > 5
        else {
            self = .program(line)
            return
        }
        switch String(decoding: command, as: UTF8.self) {
        case "NODE_CLUSTER":
            guard let envelope = NodeEnvelope(line: line) else { throw .notJSON }
            self = Self.cluster(envelope)
        case "NODE_HANDLE": self = .handle
        default: self = .other
        }
    }

    private static func cluster(_ envelope: NodeEnvelope) -> NodeMessage {
        if let number = envelope.ack, let accepted = envelope.accepted {
            return .accepted(number: number, accepted)
        }
        switch envelope.act {
        case "online": return .online
        case "queryServer":
            guard let number = envelope.seq else { return .other }
            return .query(NodeListenQuery(envelope), number: number)
        case "listening": return .listening
        case "close": return envelope.key.map { .closed(key: $0) } ?? .other
        case "exitedAfterDisconnect": return envelope.seq.map { .leaving(number: $0) } ?? .other
        default: return .other
        }
    }
}

/// Where a program wants to listen, as `net.Server.listen` or `dgram.Socket.bind` was called.
package struct NodeListenQuery: Hashable, Sendable {
    /// Counts the servers at the same place in one worker.
    package var index = 0
    package var place: Place
    /// What all workers that listen there are to share, such as the keys of TLS tickets.
    package var data: NodeData = .null

    /// Masters hand places on to later ones: their coded form stands for ever.
    package enum Place: Codable, Hashable, Sendable, CustomStringConvertible {
        /// `nil` is any address.
        case tcp(address: String?, port: Int)
        case udp(address: String?, port: Int)
        case unix(path: String)
        /// A descriptor that the program takes for inherited.
        case descriptor(Int)
        /// Nothing that a worker of Node asks for.
        case unknown

        package var description: String {
            switch self {
            case .tcp(let address, let port): "\(address ?? "*"):\(port)"
            case .udp(let address, let port): "udp \(address ?? "*"):\(port)"
            case .unix(let path): path
            case .descriptor(let number): "descriptor \(number)"
            case .unknown: "an unknown place"
            }
        }
    }

    package init(index: Int = 0, place: Place, data: NodeData = .null) {
        self.index = index
        self.place = place
        self.data = data
    }

    /// More than any path of a socket or any host has: places are kept, and shown.
    static let longestAddress = 255

    init(_ envelope: NodeEnvelope) {
        index = envelope.index ?? 0
        data = envelope.data ?? .null
        place = Self.place(envelope)
    }

    private static func place(_ envelope: NodeEnvelope) -> Place {
        if let descriptor = envelope.fd, descriptor >= 0 { return .descriptor(descriptor) }
        let port = envelope.port ?? 0
        guard envelope.address.map({ $0.utf8.count <= longestAddress }) ?? true else {
            return .unknown
        }
        switch envelope.addressType {
        case .number(4), .number(6): return .tcp(address: envelope.address, port: port)
        case .number(-1): return envelope.address.map { .unix(path: $0) } ?? .unknown
        case .text("udp4"), .text("udp6"): return .udp(address: envelope.address, port: port)
        default: return .unknown
        }
    }
}
