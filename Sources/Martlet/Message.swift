// What workers of a pool say to each other.

import FoundationEssentials
import PoolWire

/// A message of another worker, or of this one to all.
public struct Message: Sendable {
    /// The slot of the worker who has sent it; `nil` for somebody outside of the pool.
    public let sender: Int?
    /// JSON, as the sender has written it.
    public let body: [UInt8]

    /// The value that was sent.
    ///
    /// - Throws: `DecodingError` if it is another kind of value.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        guard JSONStrings.areSound(in: body) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: [], debugDescription: "the message is no JSON"))
        }
        return try JSONDecoder().decode(type, from: Data(body))
    }
}

/// To whom a message goes: workers that are ready.
public enum Recipient: Sendable, Equatable {
    /// All workers, the sender with them.
    case all
    /// All workers but the sender.
    case others
    /// One of them by chance: another than the sender, if there is one.
    case random
    /// The one in this slot.
    case slot(Int)

    var address: MessageAddress? {
        switch self {
        case .all: .all
        case .others: .others
        case .random: .random
        case .slot(let slot): UInt32(exactly: slot).map(MessageAddress.slot)
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
    /// The master has not taken what was sent before; try again later.
    case queueFull
    /// There can be no such slot.
    case noSuchSlot(Int)

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
