// Bytes of a Node channel cut into lines: each is one JSON value.
// Invariant: never more than `limit` bytes and one read wait for the end of their line, and a byte
// is looked at once, however the bytes were cut.

/// Collects bytes until whole lines are there.
package struct NodeFramer: Sendable {
    /// What a worker may say in one line.
    package static let lineLimit = 1 << 20

    package let limit: Int
    private var waiting: [UInt8] = []

    /// - Parameter limit: How many bytes a line may have, its newline apart.
    package init(limit: Int = lineLimit) {
        self.limit = limit
    }

    /// The lines that became complete, without their newline; empty ones are left out.
    ///
    /// - Throws: When a line is longer than `limit`. What was complete before it is lost, too:
    ///   whoever sends such a thing is not talked to any more.
    package mutating func receive(
        _ bytes: UnsafeRawBufferPointer
    ) throws(NodeChannelBroken) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            try wait(for: rest[..<end])
            if !waiting.isEmpty { lines.append(waiting) }
            waiting = []
            rest = rest[(end + 1)...]
        }
        try wait(for: rest)
        return lines
    }

    private mutating func wait(
        for bytes: Slice<UnsafeRawBufferPointer>
    ) throws(NodeChannelBroken) {
        guard waiting.count + bytes.count <= limit else {
            waiting = []
            throw .lineTooLong(limit: limit)
        }
        waiting.append(contentsOf: bytes)
    }
}

/// What a worker writes on its channel is not what Node's processes write.
package enum NodeChannelBroken: Error, Equatable, CustomStringConvertible {
    case lineTooLong(limit: Int)
    case notJSON

    /// The end of a sentence about the worker.
    package var description: String {
        switch self {
        case .lineTooLong(let limit): "sent a message of more than \(limit) bytes on its channel"
        case .notJSON: "sent something on its channel that is no JSON"
        }
    }
}
