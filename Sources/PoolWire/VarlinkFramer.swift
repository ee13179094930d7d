// Bytes of a Varlink connection cut into messages: each ends with a NUL (https://varlink.org).
// Invariant: never more than `limit` bytes wait for their NUL.

/// Collects bytes until whole messages are there.
package struct VarlinkFramer: Sendable {
    /// What a client may send in one call: ours are below 200 bytes.
    package static let callLimit = 64 << 10
    /// What a server may send in one reply, as libsystemd has it.
    package static let replyLimit = 16 << 20

    package let limit: Int
    private var waiting: [UInt8] = []

    /// - Parameter limit: How many bytes a message may have, its NUL apart.
    package init(limit: Int = callLimit) {
        self.limit = limit
    }

    /// Whether the connection stands in the middle of a message.
    package var isWithinFrame: Bool { !waiting.isEmpty }

    /// The messages that became complete, without their NUL.
    ///
    /// - Throws: When a message is longer than `limit`. What was complete before it is lost, too:
    ///   whoever sends such a thing is not talked to any more.
    package mutating func receive(
        _ bytes: some Sequence<UInt8>
    ) throws(VarlinkFrameTooLong) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        for byte in bytes {
            if byte == 0 {
                frames.append(waiting)
                waiting.removeAll(keepingCapacity: false)
            } else if waiting.count == limit {
                waiting.removeAll()
                throw VarlinkFrameTooLong(limit: limit)
            } else {
                waiting.append(byte)
            }
        }
        return frames
    }
}

/// A message is longer than allowed.
package struct VarlinkFrameTooLong: Error, Equatable, CustomStringConvertible {
    package let limit: Int

    package var description: String { "a message is longer than \(limit) bytes" }
}
