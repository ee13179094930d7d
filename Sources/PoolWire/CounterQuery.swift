// A Node program counts in what its pool shares: a question and its answer.

import FoundationEssentials

/// `{ type: 'martlet:counter', name, add, id }`
package struct CounterQuery: Equatable, Sendable {
    package let name: String
    /// 0 if the program only asks.
    package let difference: Int64
    /// JSON, for the program to know the answer by; `null` if it has given none.
    private let id: [UInt8]

    static let type = "martlet:counter"
    package static let longestName = 255

    /// - Parameter members: Of ``NodeMessage/program(_:)``.
    /// - Returns: `nil` for what is no such question.
    init?(_ members: JSONMembers) {
        guard let type = members.plainText("type"), type.elementsEqual(Self.type.utf8),
            let name = Self.name(members), name.utf8.count <= Self.longestName
        else { return nil }
        self.name = name
        difference = members["add"].flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? 0
        id = members["id"].map(Array.init) ?? Array("null".utf8)
    }

    private static func name(_ members: JSONMembers) -> String? {
        if let plain = members.plainText("name") { return String(decoding: plain, as: UTF8.self) }
        guard let quoted = members["name"].map(Array.init), ForeignJSON.isSound(quoted) else {
            return nil
        }
        return try? JSONDecoder().decode(String.self, from: Data(quoted))
    }

    /// `{ type: 'martlet:counter', id, value }`
    ///
    /// - Parameter value: `nil`, which is `null`, if there are too many counters. A program that has
    ///   no integers beyond 2^53 reads it less exactly.
    package func answer(_ value: Int64?) -> [UInt8] {
        Array(#"{"type":"\#(Self.type)","id":"#.utf8) + id
            + Array(#","value":\#(value.map { "\($0)" } ?? "null")}"#.utf8) + [UInt8(ascii: "\n")]
    }
}
