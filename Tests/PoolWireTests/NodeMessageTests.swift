// What Node workers write. The lines are those of Node 20.20, as it wrote them.

import Testing

@testable import PoolWire

@Suite("What a Node worker says on its channel")
struct NodeMessageTests {
    private func read(_ line: String) throws -> NodeMessage {
        try NodeMessage(line: Array(line.utf8))
    }

    private func query(_ members: String) throws -> NodeListenQuery {
        let line = #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":null,"#
        guard case .query(let query, number: 5) = try read(line + members + #","seq":5}"#) else {
            Issue.record("no query: \(members)")
            return NodeListenQuery(place: .unknown)
        }
        return query
    }

    @Test func theLifeOfAWorker() throws {
        #expect(try read(#"{"cmd":"NODE_CLUSTER","act":"online","seq":0}"#) == .online)
        #expect(
            try read(
                #"{"cmd":"NODE_CLUSTER","act":"listening","index":0,"data":null,"address":null,"#
                    + #""port":8123,"addressType":4,"backlog":0,"seq":4}"#) == .listening)
        #expect(
            try read(#"{"cmd":"NODE_CLUSTER","act":"close","key":"k1","seq":7}"#)
                == .closed(key: "k1"))
        #expect(
            try read(#"{"cmd":"NODE_CLUSTER","act":"exitedAfterDisconnect","seq":8}"#)
                == .leaving(number: 8))
        #expect(try read(#"{"cmd":"NODE_HANDLE_ACK"}"#) == .other)
        #expect(
            try read(#"{"cmd":"NODE_HANDLE","type":"net.Server","msg":{"a":1}}"#) == .handle)
    }

    @Test func placesToListenAt() throws {
        #expect(
            try query(#""address":null,"port":8000,"addressType":4,"backlog":0"#).place
                == .tcp(address: nil, port: 8_000))
        #expect(
            try query(#""address":"::1","port":0,"addressType":6,"flags":0,"backlog":0"#).place
                == .tcp(address: "::1", port: 0))
        #expect(
            try query(#""address":"/run/a.sock","port":-1,"addressType":-1,"backlog":0"#).place
                == .unix(path: "/run/a.sock"))
        #expect(
            try query(#""address":null,"port":null,"addressType":null,"fd":7,"backlog":0"#).place
                == .descriptor(7))
        #expect(
            try query(#""address":"0.0.0.0","port":9000,"addressType":"udp4","fd":-1,"flags":0"#)
                .place == .udp(address: "0.0.0.0", port: 9_000))
    }

    /// Other releases, and other programs, write "none" in other ways.
    @Test func whatIsOfAnotherKindCountsAsMissing() throws {
        #expect(
            try query(#""address":false,"port":"80","addressType":4,"backlog":false"#).place
                == .tcp(address: nil, port: 0))
        #expect(
            try query(#""address":[],"port":{},"addressType":-1"#).place == .unknown)
        #expect(try query(#""addressType":12"#).place == .unknown)
        #expect(try query(#""port":80.0,"addressType":4"#).place == .tcp(address: nil, port: 80))
        #expect(
            try read(#"{"cmd":"NODE_CLUSTER","act":"queryServer","seq":"x"}"#) == .other)
        #expect(try read(#"{"cmd":"NODE_CLUSTER","act":7}"#) == .other)
        #expect(
            try read(#"{"cmd":"NODE_CLUSTER","ack":3,"accepted":true}"#)
                == .accepted(number: 3, true))
        #expect(try read(#"{"cmd":"NODE_CLUSTER","ack":3,"accepted":"yes"}"#) == .other)
    }

    /// The line that comes for each connection is read without a decoder: to the same end.
    @Test func acceptancesAreReadAlikeInBothWays() throws {
        var generator = Generator(seed: 11)
        let pieces = [
            #"{"cmd":"NODE_CLUSTER","ack":"#, "0", "17", "007", "-3", "1e3", "123456789012345678",
            #","accepted":"#, "true", "false", "null", #","seq":"#, "5", "}", " ", "",
        ]
        let usual = [0, 2, 7, 8, 11, 12, 13]
        for _ in 0..<5_000 {
            var places = usual
            if generator.next() % 4 > 0 {
                let place = Int(generator.next() % UInt64(places.count))
                places[place] = Int(generator.next() % UInt64(pieces.count))
            }
            let line = Array(places.map { pieces[$0] }.joined().utf8)
            let quick: NodeMessage? =
                switch NodeAcceptance(line: line) {
                case .answer(let number, let isAccepted): .accepted(number: number, isAccepted)
                case .receipt, nil: nil
                }
            let slow = try? NodeMessage(anyLine: line)
            #expect(quick == nil || quick == slow, "\(String(decoding: line, as: UTF8.self))")
            if places == usual { #expect(quick == .accepted(number: 17, true)) }
        }
        #expect(NodeAcceptance(line: Array(#"{"cmd":"NODE_HANDLE_ACK"}"#.utf8)) == .receipt)
        #expect(NodeAcceptance(line: Array(#"{"cmd":"NODE_HANDLE_ACK"} "#.utf8)) == nil)
        #expect(NodeAcceptance(line: Array(#"{"cmd":"NODE_HANDLE_ACKS"}"#.utf8)) == nil)
    }

    @Test func noPlaceIsLongerThanAddressesAre() throws {
        let longest = String(repeating: "x", count: 255)
        #expect(
            try query(#""address":"\#(longest)","port":-1,"addressType":-1"#).place
                == .unix(path: longest))
        #expect(
            try query(#""address":"\#(longest)y","port":-1,"addressType":-1"#).place == .unknown)
    }

    @Test func whatWorkersShareIsKept() throws {
        let line =
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":1,"data":{"ticketKeys":"ab"},"#
            + #""address":null,"port":8443,"addressType":4,"seq":2}"#
        let place = NodeListenQuery.Place.tcp(address: nil, port: 8_443)
        #expect(
            try read(line)
                == .query(
                    NodeListenQuery(
                        index: 1, place: place, data: .object(["ticketKeys": .text("ab")])),
                    number: 2))
    }

    @Test(arguments: [
        #""ready""#, "null", "[1,2]", "true", "1.5", #"{"a":"é"}"#, #"{"cmd":"build"}"#,
        #"{"cmd":"NODE_"}"#, #"{"cmd":7}"#, #"{"type":"process:msg","data":{"cmd":"NODE_X1"}}"#,
        // JSON.stringify("🐦"[0])
        #""\ud83d""#,
    ])
    func everythingElseIsTheProgramsOwn(line: String) throws {
        #expect(try read(line) == .program(Array(line.utf8)))
    }

    @Test(arguments: [
        "", "   ", "hello", "{", #"{"a":}"#, #"{"a":1} {"b":2}"#, "\"\u{1}\"",
        "{\"a\":1}}", "nul",
    ])
    func whatIsNoJSONIsRefused(line: String) {
        #expect(throws: NodeChannelBroken.notJSON) { try read(line) }
    }

    @Test func whatIsNoTextIsRefused() {
        for bytes in [[0x22, 0xff, 0x22], [0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d]] {
            #expect(throws: NodeChannelBroken.notJSON) {
                try NodeMessage(line: bytes.map { UInt8($0) })
            }
        }
    }

    @Test func deepNestingEndsNothing() {
        for depth in [100, 600, 100_000] {
            let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            for line in [nested, #"{"cmd":"NODE_CLUSTER","data":"# + nested + "}"] {
                _ = try? read(line)
            }
        }
    }
}

@Suite("Words of a Node program to its pool")
struct NodeWordTests {
    private func word(_ line: String) -> NodeWord? { NodeWord(Array(line.utf8)) }

    @Test func whatAProgramMaySay() {
        #expect(word(#""ready""#) == .ready)
        #expect(word(#"{"martlet":"ready"}"#) == .ready)
        #expect(word(#"{"martlet":"watchdog"}"#) == .heartbeat)
        #expect(
            word(#"{"martlet":"load","finished":17,"underWay":3}"#)
                == .load(finished: 17, underWay: 3))
        #expect(
            word(#"{"martlet":"load","finished":-1,"underWay":70000}"#)
                == .load(finished: 0, underWay: .max))
        #expect(word(#"{"martlet":"status","text":"busy\nnow"}"#) == .status("busynow"))
        #expect(word(#"{"martlet":"status"}"#) == .status(""))
    }

    @Test(arguments: [
        #""READY""#, #"{"martlet":"sing"}"#, #"{"martlet":1}"#, "{}", "null", "[\"ready\"]",
    ])
    func whatIsNotForThePool(line: String) {
        #expect(word(line) == nil)
    }
}
