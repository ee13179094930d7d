// A reply of Varlink, and how any message becomes bytes and is read from them.

import FoundationEssentials

/// One reply: parameters, or an error with its own.
package struct VarlinkReply<Parameters: Codable & Sendable>: Codable, Sendable {
    package var parameters: Parameters?
    /// More replies to the same call follow.
    package var continues: Bool?
    /// `io.martlet.Pool.ReloadFailed`
    package var error: String?

    package init(_ parameters: Parameters?, continues: Bool? = nil) {
        self.parameters = parameters
        self.continues = continues
    }

    package init(error: String, _ parameters: Parameters?) {
        self.error = error
        self.parameters = parameters
    }

    /// The message with its NUL; `nil` only for a number JSON has no form for.
    package var frame: [UInt8]? { VarlinkFrame.encode(self) }

    /// Reads a message; `nil` if it is not such a reply.
    package init?(frame: [UInt8]) {
        guard let reply = VarlinkFrame.decode(Self.self, from: frame) else { return nil }
        self = reply
    }
}

/// Parameters of a method that has none.
package struct NoParameters: Codable, Hashable, Sendable {
    package init() {}
}

/// A message's way to bytes and back.
enum VarlinkFrame {
    /// JSON with sorted keys, so that equal messages are equal bytes, and a NUL.
    static func encode(_ message: some Encodable) -> [UInt8]? {
        guard let text = try? JSONWriter.bytes(of: message) else { return nil }
        return text + [0]
    }

    /// - Parameter frame: A message without its NUL.
    /// - Returns: `nil` if it is not an object of that form.
    static func decode<Message: Decodable>(_ type: Message.Type, from frame: [UInt8]) -> Message? {
        // A JSONDecoder looks for UTF-16 and UTF-32 and takes any value at the top.
        guard frame.first(where: { !$0.isJSONSpace }) == UInt8(ascii: "{"),
            ForeignJSON.isSound(frame)
        else { return nil }
        return try? JSONDecoder().decode(type, from: Data(frame))
    }
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool { [0x20, 0x09, 0x0a, 0x0d].contains(self) }
}
