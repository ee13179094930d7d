// What workers of a pool say to each other.

import FoundationEssentials
import PoolWire

/// A message of another worker, of the agent, or of this one to all.
public struct Message: Sendable {
    /// Who has sent it, by the master's word.
    public let sender: Sender
    /// JSON in UTF-8, as the sender has written it; at most 65,528 bytes.
    public let body: [UInt8]

    package init(sender: Sender, body: [UInt8]) {
        self.sender = sender
        self.body = body
    }

    /// The value that was sent.
    ///
    /// - Parameter type: What it is taken for; a program in another version may have sent another.
    /// - Throws: `DecodingError` if it is another kind of value, or no JSON.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        guard ForeignJSON.isSound(body) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: [], debugDescription: "the message is no JSON"))
        }
        return try JSONDecoder().decode(type, from: Data(body))
    }
}

/// Who has sent a message.
public enum Sender: Sendable, Equatable {
    /// The worker in this slot, 0 to N-1.
    case slot(Int)
    /// The pool's agent; in a cluster, its primary.
    case agent
    /// Somebody who is not of the pool.
    case outside

    package init(_ sender: MessageSender) {
        self =
            switch sender {
            case .slot(let slot): .slot(Int(slot))
            case .agent: .agent
            case .outside: .outside
            }
    }
}

/// To whom a message goes: workers that are ready, one in each slot, the youngest; and the agent if
/// it is ready.
public enum Recipient: Sendable, Equatable {
    /// All workers and the agent, the sender with them unless it is leaving.
    case all
    /// All of them but the sender.
    case others
    /// All workers, and not the agent.
    case workers
    /// The pool's agent, in a cluster its primary; nobody if there is none.
    case agent
    /// Whoever has asked the master for what happens: `martletctl events`.
    case subscribers
    /// One worker by chance: another than the sender, if there is one.
    case random
    /// The one in this slot, 0 to N-1; if none is ready there, the one that starts.
    case slot(Int)

    func address() throws(MessageNotSent) -> MessageAddress {
        switch self {
        case .all: return .all
        case .others: return .others
        case .workers: return .workers
        case .agent: return .agent
        case .subscribers: return .subscribers
        case .random: return .random
        case .slot(let slot):
            guard let number = UInt32(exactly: slot) else { throw .noSuchSlot(slot) }
            return .slot(number)
        }
    }
}

/// Why a message was not sent.
public enum MessageNotSent: Error, Equatable, CustomStringConvertible {
    /// There is no master to pass it on: outside of `Protocol=martlet`, or after the master has ended.
    case notConnected
    /// The value has no JSON form, for this reason.
    case notEncodable(String)
    /// It has so many bytes, and may have 65,528.
    case tooLong(Int)
    /// The master has not taken the 128 that were sent before; try again later.
    case queueFull
    /// There can be no such slot: it is below 0, or has more than 32 bits.
    case noSuchSlot(Int)

    /// One sentence, which begins "could not send a message".
    public var description: String {
        switch self {
        case .notConnected: "could not send a message: there is no master to pass it on"
        case .notEncodable(let why): "could not send a message: it has no JSON form: \(why)"
        case .tooLong(let count):
            "could not send a message of \(count) bytes: it may have \(PoolMessage.longestBody)"
        case .queueFull: "could not send a message: the master has not taken those before it"
        case .noSuchSlot(let slot):
            "could not send a message to slot \(slot): there is no such slot"
        }
    }
}
