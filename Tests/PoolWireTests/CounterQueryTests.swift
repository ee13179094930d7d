// A Node program counts in what its pool shares.

import Testing

@testable import PoolWire

@Suite struct CounterQueryTests {
    private func query(_ members: String) -> CounterQuery? {
        JSONMembers(of: Array(#"{"type":"martlet:counter",\#(members)}"#.utf8)).flatMap(
            CounterQuery.init)
    }

    private func answer(_ members: String, _ value: Int64?) -> String? {
        query(members).map { String(decoding: $0.answer(value), as: UTF8.self) }
    }

    @Test func aQuestionHasANameAndPerhapsADifference() {
        #expect(query(#""name":"visits","add":3"#)?.difference == 3)
        #expect(query(#""name":"visits","add":-3"#)?.difference == -3)
        #expect(query(#""name":"v\u00e4\"""#)?.name == "v\u{e4}\"")
        for none in [#""add":1.5"#, #""add":"1""#, #""add":null"#, #""x":1"#] {
            #expect(query(#""name":"visits",\#(none)"#)?.difference == 0)
        }
        #expect(query(#""add":1"#) == nil && query(#""name":7"#) == nil)
        let longest = String(repeating: "x", count: 255)
        #expect(query(#""name":"\#(longest)""#)?.name == longest)
        #expect(query(#""name":"\#(longest)y""#) == nil)
        #expect(
            JSONMembers(of: Array(#"{"name":"visits"}"#.utf8)).flatMap(CounterQuery.init) == nil)
    }

    @Test func theAnswerIsKnownByItsID() {
        #expect(
            answer(#""name":"visits","id":{"a":[1]}"#, 7)
                == #"{"type":"martlet:counter","id":{"a":[1]},"value":7}"# + "\n")
        #expect(
            answer(#""name":"visits""#, .min)
                == #"{"type":"martlet:counter","id":null,"value":-9223372036854775808}"# + "\n")
        #expect(
            answer(#""name":"visits","id":3"#, nil)
                == #"{"type":"martlet:counter","id":3,"value":null}"# + "\n")
    }
}
