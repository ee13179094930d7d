import Testing

@testable import PoolWire

@Suite("Lines of a Node channel")
struct NodeFramerTests {
    private func lines(_ pieces: [[UInt8]], limit: Int = 64) throws -> [String] {
        var framer = NodeFramer(limit: limit)
        return try pieces.flatMap { piece in
            try piece.withUnsafeBytes { try framer.receive($0) }
        }.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func linesDoNotDependOnHowTheyAreCut() throws {
        let text = Array("{\"a\":1}\n\n\"ready\"\nnull\nhalf".utf8)
        let expected = ["{\"a\":1}", "\"ready\"", "null"]
        for size in 1...text.count {
            let pieces = stride(from: 0, to: text.count, by: size).map {
                Array(text[$0..<min($0 + size, text.count)])
            }
            #expect(try lines(pieces) == expected, "in pieces of \(size)")
        }
    }

    @Test func aLineMayBeAsLongAsTheLimit() throws {
        let longest = [UInt8](repeating: 0x78, count: 64)
        #expect(try lines([longest, [0x0a]]).first?.count == 64)
        #expect(throws: NodeChannelBroken.lineTooLong(limit: 64)) { try lines([longest, [0x78]]) }
        #expect(throws: NodeChannelBroken.lineTooLong(limit: 64)) {
            try lines([[0x0a] + longest + [0x78, 0x0a]])
        }
    }

    /// A hundred megabytes without a newline, of which never more than the limit is kept.
    @Test func aStreamWithoutLinesIsRefusedEarly() {
        var framer = NodeFramer()
        let piece = [UInt8](repeating: 0x78, count: 1 << 16)
        var taken = 0
        #expect(throws: NodeChannelBroken.lineTooLong(limit: NodeFramer.lineLimit)) {
            for _ in 0..<1_600 {
                _ = try piece.withUnsafeBytes { try framer.receive($0) }
                taken += piece.count
            }
        }
        #expect(taken == NodeFramer.lineLimit)
    }
}
