// A message between programs of a pool, on its way through the master.
// Invariant: a message of a Node worker has a body that is one JSON value on one line; of a worker
// with a channel of packets the body may be anything until `isSound` has been asked.

/// What is said, and to whom.
package struct PoolMessage: Hashable, Sendable {
    package let to: MessageAddress
    /// JSON, as the sender has written it.
    package let body: [UInt8]

    /// What `type` is in messages of Node's workers.
    static let type = "martlet:message"
    /// How long a body may be, in bytes: what a channel of packets carries in one.
    package static let longestBody = 65_528

    package init(to: MessageAddress, body: [UInt8]) {
        self.to = to
        self.body = body
    }

    /// Whether the body is JSON, on one line.
    package var isSound: Bool {
        !body.contains(UInt8(ascii: "\n")) && ForeignJSON.isSound(body)
    }

    /// As a Node program gets it: `{ type: 'martlet:message', from, to, msg }`.
    package func line(from sender: MessageSender) -> [UInt8] {
        Array(#"{"type":"\#(Self.type)","from":\#(sender.json),"to":\#(to.json),"msg":"#.utf8)
            + body
            + Array("}\n".utf8)
    }
}

/// What a Node program has sent for others: `{ type: 'martlet:message', to, msg }`.
package enum SpokenMessage: Equatable, Sendable {
    case message(PoolMessage)
    /// There is nobody of this name, or it is too long to be passed on.
    case undeliverable(because: String)

    /// - Parameter members: Of ``NodeMessage/program(_:)``.
    /// - Returns: `nil` for what is not for the pool to pass on.
    init?(_ members: JSONMembers) {
        guard let type = members.plainText("type"), type.elementsEqual(PoolMessage.type.utf8) else {
            return nil
        }
        guard let to = members["to"].flatMap(Self.address) else {
            self = .undeliverable(
                because:
                    "it names nobody as \"to\": there are all, others, workers, agent, random, "
                    + "subscribers, and the numbers of slots")
            return
        }
        let body = members["msg"].map(Array.init) ?? Array("null".utf8)
        guard body.count <= PoolMessage.longestBody else {
            self = .undeliverable(
                because: "it is longer than \(PoolMessage.longestBody) bytes")
            return
        }
        let message = PoolMessage(to: to, body: body)
        // It is JSON as far as JavaScript goes.
        guard !members.hasHalfCharacter || message.isSound else {
            self = .undeliverable(
                because:
                    "it has half of a character, \\ud800 to \\udfff, for which there is no UTF-8")
            return
        }
        self = .message(message)
    }

    /// A string or a number.
    private static func address(_ value: ArraySlice<UInt8>) -> MessageAddress? {
        let isText = value.first == UInt8(ascii: "\"")
        let word = isText ? value.dropFirst().dropLast() : value
        return MessageAddress(String(decoding: word, as: UTF8.self))
    }
}
