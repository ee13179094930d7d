import FoundationEssentials
import Testing

@testable import PoolWire

@Suite("A look over JSON")
struct JSONScannerTests {
    private static func isJSON(_ text: [UInt8]) -> Bool {
        text.withUnsafeBufferPointer { JSONScanner($0) != nil }
    }

    private static func isJSON(_ text: String) -> Bool { isJSON(Array(text.utf8)) }

    @Test(
        "finds what RFC 8259 has a place for",
        arguments: [
            "0", "-0", "10", "-1.50", "1e5", "1E+05", "2.5e-300", "1e999", "\"\"", "true", "false",
            "null", "[]", "{}", " \t\r\n[ 1 , [ ] , { \"\" : null } ] ", "\"\u{7f}é\u{1f426}\"",
            #""\"\\\/\b\f\n\r\t\u00e4\uD83D\uDC26""#, #""\ud83d""#, #""\udc26\ud83d""#,
            #""\ud83d\n""#, #""\ud83d\ud83d\udc26""#,
        ])
    func sound(text: String) {
        #expect(Self.isJSON(text))
    }

    @Test(
        "refuses all else",
        arguments: [
            "", " ", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "nul", "nulls", "True", "NaN",
            "\"", "\"\\\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u+123\"", "\"\n\"", "[1,]", "[,1]",
            "[1 2]",
            "[1", "]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}",
            "{\"a\":1 \"b\":2}",
            "[1}", "1 2", "\u{b}1", "\u{c}1", "\u{feff}1", "'a'", "[1]]", "{\"a\":1}}", "1\u{0}",
        ])
    func unsound(text: String) {
        #expect(!Self.isJSON(text))
    }

    @Test("bytes that are no UTF-8 are no JSON")
    func notText() {
        let broken: [[UInt8]] = [
            [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80],
        ]
        for bytes in broken {
            #expect(!Self.isJSON([0x22] + bytes + [0x22]))
        }
        #expect(!Self.isJSON([0x31, 0xa0]))
    }

    @Test("goes 512 levels deep")
    func depth() {
        for part in [("[", "]"), (#"{"a":"#, "}")] {
            func nested(_ count: Int) -> String {
                part.0.repeated(count) + "1" + part.1.repeated(count)
            }
            #expect(Self.isJSON(nested(512)))
            #expect(!Self.isJSON(nested(513)))
            #expect(!Self.isJSON(nested(100_000)))
        }
    }

    @Test("knows what halves of characters are")
    func halves() {
        let whole = [#"["\ud83d\udc26"]"#, #"["\uD7FF\uE000"]"#, "[1]"]
        let half = [#"["\ud83d"]"#, #"["\udc26"]"#, #"["\ud83d\\udc26"]"#, #"{"\ud83da":1}"#]
        for text in whole { #expect(ForeignJSON.isSound(Array(text.utf8))) }
        for text in half {
            #expect(!ForeignJSON.isSound(Array(text.utf8)))
            #expect(Self.isJSON(text))
        }
    }

    @Test("members are those of the outermost object, as they were written")
    func members() {
        let text = #" { "a" : {"b":[1,{"a":2}]} ,"b":"x\"}", "a":-1.0e2,"\u0061": [ ] } "#
        let members = JSONMembers(of: Array(text.utf8))
        let names = members?.all.map { String(decoding: $0.name, as: UTF8.self) }
        let values = members?.all.map { String(decoding: $0.value, as: UTF8.self) }
        #expect(names == ["a", "b", "a", #"\u0061"#])
        #expect(values == [#"{"b":[1,{"a":2}]}"#, #""x\"}""#, "-1.0e2", "[ ]"])
        #expect(members?["a"].map(Array.init) == Array("-1.0e2".utf8))
        #expect(members?.plainText("b") == nil)
        #expect(JSONMembers(of: Array("[1]".utf8))?.all.isEmpty == true)
    }

    /// Whatever has passed must not end a decoder, nor may it refuse it.
    @Test("JSONDecoder takes what is sound", arguments: UInt64(1)...40)
    func sameAsTheDecoder(seed: UInt64) {
        var generator = Generator(seed: seed)
        let seedling = #"{"a":[1,-2.5e3,true,null,"x\u00e4\ud83d\udc26é"],"b":{"c":{}},"d":"\\\""}"#
        for _ in 0..<200 {
            var bytes = Array(seedling.utf8)
            generator.mutate(&bytes)
            guard ForeignJSON.isSound(bytes) else { continue }
            // A number may be too large for it.
            let isTooLarge = String(decoding: bytes, as: UTF8.self).contains(
                /\d[eE]\+?\d{3}|\d{300}/)
            let decoded = try? JSONDecoder().decode(NodeData.self, from: Data(bytes))
            #expect(decoded != nil || isTooLarge, "\(bytes.text)")
        }
    }
}
