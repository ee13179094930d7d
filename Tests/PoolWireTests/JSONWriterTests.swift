import FoundationEssentials
import Testing

@testable import PoolWire

@Suite("Values written as JSON")
struct JSONWriterTests {
    private static func ofFoundation(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    @Test("the same bytes as JSONEncoder's, whatever the value", arguments: 0..<400)
    func sameBytes(seed: UInt64) throws {
        var generator = Generator(seed: seed)
        let value = NodeData.random(depth: 4, &generator)
        let written = try JSONWriter.bytes(of: value)
        #expect(try written.text == Self.ofFoundation(value).text)
        #expect(ForeignJSON.isSound(written))
    }

    @Test("members in the order of their names, escapes as they are written")
    func order() throws {
        let value = ["b": 1, "\n": 2, "a": 3, "é": 4, "\"": 5, "": 6, "ab": 7]
        let text = #"{"":6,"\"":5,"\n":2,"a":3,"ab":7,"b":1,"é":4}"#
        #expect(try JSONWriter.bytes(of: value).text == text)
    }

    @Test("the same bytes for all kinds of parts")
    func kinds() throws {
        let value = Kinds()
        #expect(try JSONWriter.bytes(of: value).text == Self.ofFoundation(value).text)
        #expect(
            try JSONWriter.bytes(of: Samples.report).text == Self.ofFoundation(Samples.report).text)
    }

    @Test("a value that asks for its object twice has one")
    func merged() throws {
        #expect(try JSONWriter.bytes(of: Flattened()).text == #"{"a":1,"b":2,"c":{"d":3},"e":4}"#)
        #expect(try Self.ofFoundation(Flattened()).text == #"{"a":1,"b":2,"c":{"d":3},"e":4}"#)
    }

    @Test("a value that writes nothing is an empty object")
    func nothing() throws {
        #expect(try JSONWriter.bytes(of: [Mute(), Mute()]).text == "[{},{}]")
    }

    @Test("a number that is none is refused", arguments: [Double.nan, .infinity, -.infinity])
    func numbers(number: Double) {
        #expect(throws: EncodingError.self) { try JSONWriter.bytes(of: ["a": [1, number]]) }
        #expect(throws: EncodingError.self) { try JSONWriter.bytes(of: Float(number)) }
    }

    @Test("what would be no JSON is refused", arguments: Misuse.allCases)
    func misuse(_ misuse: Misuse) {
        #expect(throws: EncodingError.self) { try JSONWriter.bytes(of: [Misused(how: misuse)]) }
    }
}

// MARK: Values

/// One of each that the library's containers tell apart.
private struct Kinds: Encodable {
    enum Choice: Encodable {
        case plain
        case pair(Int, text: String)
        case nested([Choice])
    }

    var truth = [true, false]
    var none: Int?
    var nones: [Int?] = [nil, 1]
    var small: [Int8] = [.min, -1, 0, .max]
    var large: [Int64] = [.min, .max]
    var unsigned: [UInt64] = [0, 10, .max]
    var single: UInt16 = 65_535
    var byte: Int8 = -128
    var doubles = [0, -0.0, 1.5, 0.1, 1e16, 1e-7, 123_456_789, .greatestFiniteMagnitude]
    var floats: [Float] = [0.1, 3, 1e20]
    var double = 2.0
    var float: Float = -2.5
    var texts = ["", "a/b\"\\", "\u{0}\u{8}\t\n\u{c}\r\u{1f}\u{7f}", "é\u{2028}\u{1f426}"]
    var flag = false
    var choices = [Choice.plain, .pair(1, text: "x"), .nested([.plain, .nested([])])]
    var byNumber = [10: "ten", 9: "nine", -1: "none"]
    var byName = ["b": [1: [2]], "a": [:], "A": [:], "a10": [:], "a9": [:]]
    var empty: [String] = []
    var listOfLists = [[[1], []], []]
    var emptyObject = [String: Int]()
    var pairs = Pairs()
}

/// Lists and objects made by hand.
private struct Pairs: Encodable {
    private enum Key: String, CodingKey { case list, object, null, last }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Key.self)
        try members.encodeNil(forKey: .null)
        var list = members.nestedUnkeyedContainer(forKey: .list)
        try list.encodeNil()
        var inner = list.nestedContainer(keyedBy: Key.self)
        try inner.encode("deep", forKey: .last)
        var innermost = list.nestedUnkeyedContainer()
        try innermost.encode(UInt8(7))
        try innermost.encode(true)
        try innermost.encode("word")
        try innermost.encode(0.5)
        try list.encode(list.count)
        var object = members.nestedContainer(keyedBy: Key.self, forKey: .object)
        try object.encode(1, forKey: .object)
        try members.encode(Float(0.25), forKey: .last)
    }
}

private struct Flattened: Encodable {
    private enum Key: String, CodingKey { case a, b, c, d, e }

    private struct Base: Encodable {
        var b = 2
        var a = 1
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Key.self)
        try members.encode(4, forKey: .e)
        var inner = members.nestedContainer(keyedBy: Key.self, forKey: .c)
        try inner.encode(3, forKey: .d)
        try Base().encode(to: encoder)
    }
}

private struct Mute: Encodable {
    func encode(to encoder: any Encoder) {}
}

/// What no synthesized encoding does.
enum Misuse: CaseIterable {
    case twoValues, valueAndObject, objectAndList, closedObject, closedList, superEncoder
}

private struct Misused: Encodable {
    let how: Misuse

    private enum Key: String, CodingKey { case a, b }

    func encode(to encoder: any Encoder) throws {
        switch how {
        case .twoValues:
            var value = encoder.singleValueContainer()
            try value.encode(1)
            try value.encode("2")
        case .valueAndObject:
            var value = encoder.singleValueContainer()
            try value.encode(1)
            _ = encoder.container(keyedBy: Key.self)
        case .objectAndList:
            _ = encoder.container(keyedBy: Key.self)
            _ = encoder.unkeyedContainer()
        case .closedObject:
            var members = encoder.container(keyedBy: Key.self)
            var left = members.nestedContainer(keyedBy: Key.self, forKey: .a)
            _ = members.nestedContainer(keyedBy: Key.self, forKey: .b)
            try left.encode(1, forKey: .a)
        case .closedList:
            var list = encoder.unkeyedContainer()
            var left = list.nestedUnkeyedContainer()
            try list.encode(2)
            try left.encode(1)
        case .superEncoder:
            var list = encoder.unkeyedContainer()
            _ = list.superEncoder()
        }
    }
}

extension NodeData {
    fileprivate static func random(depth: Int, _ generator: inout Generator) -> NodeData {
        switch generator.below(depth > 0 ? 7 : 4) {
        case 0: .null
        case 1: .bool(generator.below(2) == 0)
        case 2: .number(number(&generator))
        case 3: .text(text(&generator))
        case 4:
            .list((0..<generator.below(5)).map { _ in random(depth: depth - 1, &generator) })
        default:
            .object(
                (0..<generator.below(8)).reduce(into: [:]) { members, _ in
                    members[name(&generator)] = random(depth: depth - 1, &generator)
                })
        }
    }

    private static func number(_ generator: inout Generator) -> Double {
        let any = Double(bitPattern: generator.next())
        return generator.below(2) == 0 && any.isFinite ? any : Double(generator.below(100_000)) / 8
    }

    /// Without what has escapes: where these stand in the order is each encoder's own affair.
    private static func name(_ generator: inout Generator) -> String {
        text(of: "aAbz09_ /-.~", &generator)
    }

    private static func text(_ generator: inout Generator) -> String {
        text(of: "aAbz09_ /-\"\\\n\u{1}\u{7f}é\u{301}\u{2028}\u{1f426}", &generator)
    }

    private static func text(of letters: String, _ generator: inout Generator) -> String {
        let letters = Array(letters.unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<generator.below(12) { text.append(letters[generator.below(letters.count)]) }
        return String(text)
    }
}
