// One entry of a pool's recent story, as Why answers it and `martletctl why` prints it.

/// The type of io.martlet.Pool; PoolInterface.swift says what its fields mean.
package struct Happening: Codable, Hashable, Sendable {
    package let time: Int64
    package let slot: Int?
    package let generation: Int?
    package let priority: Int
    package let kind: String?
    package let reason: String?
    package let sentence: String

    package init(
        time: Int64, slot: Int?, generation: Int?, priority: Int, kind: String? = nil,
        reason: String? = nil, sentence: String
    ) {
        self.time = time
        self.slot = slot
        self.generation = generation
        self.priority = priority
        self.kind = kind
        self.reason = reason
        self.sentence = sentence
    }
}

struct WhyParameters: Codable, Sendable {
    var happenings: [Happening]
}

extension [Happening] {
    /// One JSON array on one line, without the line's end.
    package var json: [UInt8] {
        // `nil` is for numbers without a JSON form, and these are whole.
        printableJSON ?? [UInt8]("[]".utf8)
    }
}
