// Messages between workers: what a Node program writes, and what another one reads.

import Testing

@testable import PoolWire

@Suite struct PoolMessageTests {
    private func spoken(_ line: String) -> SpokenMessage? {
        JSONMembers(of: Array(line.utf8)).flatMap(SpokenMessage.init)
    }

    private func message(_ to: MessageAddress, _ body: String) -> SpokenMessage {
        .message(PoolMessage(to: to, body: Array(body.utf8)))
    }

    @Test func theBodyIsPassedOnAsItWasWritten() {
        let bodies = [
            "1", "null", #""x""#, #"{"a":[1,{"b":"}\"]"}],"c":null}"#, "[]", "1.50e+3",
            #""\u00e4\\""#,
            "12345678901234567890", " true", #"{ "type" : "other" }"#,
        ]
        for body in bodies {
            let line = #"{"type":"martlet:message","to":"all","msg":\#(body)}"#
            let trimmed = body.drop { $0 == " " }
            #expect(spoken(line) == message(.all, String(trimmed)))
        }
    }

    @Test func membersComeInAnyOrderAndTheLastOfANameCounts() {
        #expect(
            spoken(#"{ "msg" : [1, 2] , "to":3,"x":{},"type":"martlet:message" }"#)
                == message(.slot(3), "[1, 2]"))
        #expect(
            spoken(#"{"to":1,"type":"martlet:message","to":"random","msg":1,"msg":2}"#)
                == message(.random, "2"))
        #expect(
            spoken(#"{"type":"martlet:message","to":"others"}"#) == message(.others, "null"))
        #expect(spoken(#"{"type":"martlet:message","to":"7","msg":0}"#) == message(.slot(7), "0"))
    }

    @Test func whatIsForSomebodyElseIsLeftAlone() {
        for line in [
            #"{"type":"other","to":"all","msg":1}"#, #"{"to":"all","msg":1}"#, #""ready""#, "[1]",
            #"{"type":["martlet:message"],"to":"all"}"#, "{}", "",
        ] {
            #expect(spoken(line) == nil, "\(line)")
        }
    }

    @Test func nobodyIsMeantByAnyOtherWord() {
        for to in [#""nobody""#, "-1", "1.5", "null", "{}", #""All""#, "99999999999", #""""#] {
            let line = #"{"type":"martlet:message","to":\#(to),"msg":1}"#
            guard case .undeliverable(let why) = spoken(line) else {
                Issue.record("\(to) is somebody")
                continue
            }
            #expect(why.hasPrefix(#"it names nobody as "to""#))
        }
        guard case .undeliverable = spoken(#"{"type":"martlet:message","msg":1}"#) else {
            Issue.record("nobody is somebody")
            return
        }
    }

    @Test func aBodyIsAsLongAsAPacketCarries() {
        let longest = "\"" + String(repeating: "x", count: PoolMessage.longestBody - 2) + "\""
        let line = #"{"type":"martlet:message","to":"all","msg":"#
        #expect(spoken(line + longest + "}") == message(.all, longest))
        #expect(
            spoken(line + longest.dropLast() + "x\"}")
                == .undeliverable(because: "it is longer than 65528 bytes"))
    }

    /// JSON.stringify("🐦"[0]) is JSON for JavaScript alone.
    @Test func halfACharacterIsNotPassedOn() {
        let line = #"{"type":"martlet:message","to":"all","msg":"#
        guard case .undeliverable(let why) = spoken(line + #"["\ud83d"]}"#) else {
            Issue.record("it is passed on")
            return
        }
        #expect(why.hasPrefix("it has half of a character"))
        #expect(spoken(line + #"["\ud83d\udc26"]}"#) == message(.all, #"["\ud83d\udc26"]"#))
    }

    @Test func aProgramOnNodeReadsWhoHasSentIt() throws {
        let body = Array(#"{"a":"\\n"}"#.utf8)
        func line(_ to: MessageAddress, _ sender: MessageSender) -> String {
            String(decoding: PoolMessage(to: to, body: body).line(from: sender), as: UTF8.self)
        }
        #expect(
            line(.all, .slot(2))
                == #"{"type":"martlet:message","from":2,"to":"all","msg":{"a":"\\n"}}"# + "\n")
        #expect(
            line(.slot(4), .outside).hasPrefix(#"{"type":"martlet:message","from":null,"to":4,"#))
        #expect(line(.agent, .agent).contains(#""from":"agent","to":"agent""#))
        // Sent back, it would be a message again: nothing in it tells the pool anything else.
        #expect(
            try NodeMessage(line: Array(line(.others, .agent).utf8.dropLast()))
                == .program(Array(line(.others, .agent).utf8.dropLast())))
    }

    @Test func onlyJSONOnOneLineIsSound() {
        func isSound(_ body: String) -> Bool {
            PoolMessage(to: .all, body: Array(body.utf8)).isSound
        }
        #expect(isSound("1") && isSound(#"{"a":[]}"#) && isSound("null"))
        for body in ["", "{", "1 2", "{\"a\":\n1}", "\"\u{1}\"", "nul"] { #expect(!isSound(body)) }
        #expect(!PoolMessage(to: .all, body: [0x22, 0xFF, 0x22]).isSound)
    }

    /// Whatever the text, reading its members ends and stays within it.
    @Test(arguments: UInt64(1)...20)
    func membersOfAnythingAreHarmless(seed: UInt64) {
        var generator = Generator(seed: seed)
        let pieces = [
            "{", "}", "[", "]", "\"", "\\", ",", ":", " ", "a", "1", "type", "\"type\"", "\"msg\":",
        ]
        for _ in 0..<500 {
            let count = Int(generator.next() % 20)
            let text = (0..<count).map { _ in pieces[Int(generator.next() % UInt64(pieces.count))] }
            let bytes = Array(text.joined().utf8)
            let all = JSONMembers(of: bytes)?.all ?? []
            let total = all.reduce(0) { $0 + $1.name.count + $1.value.count }
            #expect(total <= bytes.count)
        }
    }
}
