// What is said to a Node worker on its channel: orders and answers, as lines of JSON.
// Invariant: a line has one newline, at its end.

import FoundationEssentials

package enum NodeOrder {
    /// The answer to a query that gives the listening socket itself, which goes with the line.
    ///
    /// - Parameters:
    ///   - sequence: Our own count of messages to this worker.
    ///   - number: Of the query.
    ///   - key: A name of the socket that the worker uses when it closes its server.
    ///   - isElsewhere: Whether the socket's port is another than was asked for; Node does not look
    ///     at the port then.
    package static func share(
        _ sequence: Int, answering number: Int, key: String, data: NodeData, isDatagram: Bool,
        isElsewhere: Bool
    ) -> [UInt8] {
        let answer = Answer(
            seq: sequence, ack: number, key: key, data: data, errno: isElsewhere ? nil : 0)
        return line(
            Handle(type: isDatagram ? "dgram.Native" : "net.Native", msg: answer))
    }

    /// The answer to a query that makes the worker wait for connections, which come one by one.
    ///
    /// - Parameter name: What the program takes for its address; `nil` for a unix socket.
    package static func serve(
        _ sequence: Int, answering number: Int, key: String, data: NodeData, name: SocketName?
    ) -> [UInt8] {
        line(
            Service(seq: sequence, ack: number, key: key, data: data, sockname: name))
    }

    /// The address of a server, as `server.address()` gives it.
    package struct SocketName: Encodable, Sendable {
        let address: String
        let family: String
        let port: Int

        package init(address: String, isVersion6: Bool, port: Int) {
            self.address = address
            family = isVersion6 ? "IPv6" : "IPv4"
            self.port = port
        }
    }

    /// A connection for the server of this key, which goes with the line. The key has no character
    /// that JSON escapes.
    package static func connection(_ sequence: Int, key: String) -> [UInt8] {
        var line = connectionStart
        line.reserveCapacity(160)
        line.append(contentsOf: key.utf8)
        line.append(contentsOf: connectionMiddle)
        line.append(contentsOf: String(sequence).utf8)
        line.append(contentsOf: connectionEnd)
        return line
    }

    private static let connectionStart = Array(
        (#"{"cmd":"NODE_HANDLE","type":"net.Native","msg":{"cmd":"NODE_CLUSTER","#
            + #""act":"newconn","key":""#).utf8)
    private static let connectionMiddle = Array(#"","seq":"#.utf8)
    private static let connectionEnd = Array("}}\n".utf8)

    /// Why a program can't listen, as its server's `error` event tells it.
    package enum Refusal: Int, Sendable {
        case addressInUse = -98  // EADDRINUSE
    }

    /// The answer to a query that fails in the worker.
    ///
    /// - Parameter data: Of the query: a TLS server takes its ticket keys from it even then.
    package static func refuse(
        _ sequence: Int, answering number: Int, data: NodeData, because refusal: Refusal
    ) -> [UInt8] {
        line(
            Answer(
                seq: sequence, ack: number, key: "refused \(number)", data: data,
                errno: refusal.rawValue))
    }

    /// Close all servers, finish what is under way, and leave.
    package static func disconnect(_ sequence: Int) -> [UInt8] {
        line(Command(seq: sequence, act: "disconnect"))
    }

    /// The answer that a worker which leaves by itself waits for.
    package static func acknowledge(_ sequence: Int, answering number: Int) -> [UInt8] {
        line(Command(seq: sequence, ack: number))
    }

    /// The descriptor that was sent did not arrive.
    package static let handleRefused = Array(#"{"cmd":"NODE_HANDLE_NACK"}"#.utf8) + [newline]

    /// A message to the program: `process.on("message")` gets the text.
    package static func message(_ text: String) -> [UInt8] { line(text) }

    private struct Handle: Encodable {
        var cmd = "NODE_HANDLE"
        let type: String
        let msg: Answer
    }

    private struct Answer: Encodable {
        var cmd = "NODE_CLUSTER"
        let seq: Int
        let ack: Int
        let key: String
        let data: NodeData
        let errno: Int?
    }

    private struct Service: Encodable {
        var cmd = "NODE_CLUSTER"
        let seq: Int
        let ack: Int
        let key: String
        let data: NodeData
        let sockname: SocketName?

        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(cmd, forKey: .cmd)
            try members.encode(seq, forKey: .seq)
            try members.encode(ack, forKey: .ack)
            try members.encode(key, forKey: .key)
            try members.encode(data, forKey: .data)
            try members.encodeNil(forKey: .errno)
            try members.encodeIfPresent(sockname, forKey: .sockname)
        }

        private enum CodingKeys: String, CodingKey {
            case cmd, seq, ack, key, data, errno, sockname
        }
    }

    private struct Command: Encodable {
        var cmd = "NODE_CLUSTER"
        let seq: Int
        var ack: Int?
        var act: String?
    }

    private static let newline = UInt8(ascii: "\n")

    private static func line(_ message: some Encodable) -> [UInt8] {
        // Only a number that is none has no JSON form, and none comes from JSON.
        ((try? JSONWriter.bytes(of: message)) ?? []) + [newline]
    }
}
