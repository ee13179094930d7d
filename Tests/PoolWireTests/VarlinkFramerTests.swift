import Testing

@testable import PoolWire

@Suite("The framer")
struct VarlinkFramerTests {
    @Test("gives a message when its NUL has come, and not before")
    func pieces() throws {
        var framer = VarlinkFramer()
        #expect(try framer.receive("{\"a".utf8) == [])
        #expect(framer.isWithinFrame)
        let frames = try framer.receive("\":1}\0{}\0{".utf8)
        #expect(frames == [Array("{\"a\":1}".utf8), Array("{}".utf8)])
        #expect(framer.isWithinFrame)
        #expect(try framer.receive("}\0".utf8) == [Array("{}".utf8)])
        #expect(!framer.isWithinFrame)
    }

    @Test("takes a message of exactly its limit, and refuses one byte more before it has the NUL")
    func limit() throws {
        var framer = VarlinkFramer(limit: 8)
        #expect(try framer.receive("12345678\0".utf8) == [Array("12345678".utf8)])
        #expect(try framer.receive("12345678".utf8) == [])
        #expect(throws: VarlinkFrameTooLong(limit: 8)) { try framer.receive("9".utf8) }
        #expect(!framer.isWithinFrame)
    }

    @Test("gives an empty message for a NUL alone")
    func empty() throws {
        var framer = VarlinkFramer()
        #expect(try framer.receive([0, 0]) == [[], []])
    }

    @Test("gives the same messages however the bytes are cut", arguments: 1...20)
    func cuts(_ seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        var messages: [[UInt8]] = []
        var rest: ArraySlice<UInt8> = []
        for _ in 0..<50 {
            let length = generator.below(30)
            let message = (0..<length).map { _ in UInt8(1 + generator.below(255)) }
            messages.append(message)
            rest += message + [0]
        }
        var framer = VarlinkFramer(limit: 30)
        var read: [[UInt8]] = []
        while !rest.isEmpty {
            let piece = rest.prefix(1 + generator.below(12))
            read += try framer.receive(piece)
            rest = rest.dropFirst(piece.count)
        }
        #expect(read == messages)
    }
}
