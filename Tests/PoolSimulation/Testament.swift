// What a master leaves to the next one: the core in writing.
// Invariant: whoever reads it and writes it down again writes the same bytes.

import FoundationEssentials
import PoolCore

enum Testament {
    /// Of how many events one is followed by a look at what would be left after it.
    static let interval = 97

    private static func text(of value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(value)
    }

    /// What the next master reads; the same as it stands if it can't be read.
    static func read<Value: Codable>(_ value: Value, _ findings: inout Findings) -> Value {
        do {
            let written = try text(of: value)
            let read = try JSONDecoder().decode(Value.self, from: written)
            let again = try text(of: read)
            findings.check(again == written, "the core is not what was written of it")
            return read
        } catch {
            findings.check(false, "the core can't be read as it was written: \(error)")
            return value
        }
    }
}
