import Testing

@testable import PoolWire

@Suite("Foreign JSON")
struct ForeignJSONTests {
    /// Each of them ended the process in FoundationEssentials of Swift 6.0, or might have.
    static let deadlyNames: [[UInt8]] = [
        [0xff], [0xc3], [0xed, 0xa0, 0x80], Array("\\ud800".utf8), Array("\\udc00\\ud800".utf8),
        Array("\\ud800\\u0041".utf8), Array("\\u12".utf8), Array("\\u+123".utf8),
        Array("\\x41".utf8), [0x0a], [0x1b],
    ]

    @Test("that can't be decoded are kept from JSONDecoder", arguments: deadlyNames)
    func deadly(_ name: [UInt8]) {
        let text = Array("{\"".utf8) + name + Array("\":1,\"method\":\"a.b\"}".utf8)
        #expect(!ForeignJSON.isSound(text))
        var conversation = ControlConversation()
        #expect(conversation.receive(text + [0]) == ControlTurn(hangUp: .notACall))
        var client = ControlClient(.status)
        #expect(throws: UnintelligibleReply()) { try client.receive(text + [0]) }
    }

    @Test(
        "that can be decoded are let through",
        arguments: [
            "{}", "{\"\":\"\"}",
            "{\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\ud83d\\udc26\u{e4}\u{1f426}\":1}",
            "{\"a\":\"\\u0000\\uffff\\uFFFE\"}",
        ])
    func sound(_ text: String) {
        #expect(ForeignJSON.isSound(Array(text.utf8)))
    }

    @Test(
        "that don't end are not sound",
        arguments: ["\"", "{\"a", "{\"a\\", "{\"a\\\"", "{\"a\\u00"])
    func endless(_ text: String) {
        #expect(!ForeignJSON.isSound(Array(text.utf8)))
    }
}
