// From a value to JSON in one go: what FoundationEssentials builds as a tree of objects first is
// written down at once.
// Invariant: either the whole value is written, or nothing.
//
// A master writes its state down before each deed, so this decides how many workers a second can be
// started and replaced; docs/performance.md has the figures.

/// Writes what is `Encodable` as JSONEncoder does with sorted keys and slashes as they are.
///
/// Dates and data are written as their types have it. An encoding that goes back to an object or a
/// list that it has left, or asks for a super encoder, is refused; no synthesized one does.
package enum JSONWriter {
    /// - Throws: `EncodingError` for a number without a JSON form, and whatever a value throws.
    package static func bytes(of value: some Encodable) throws -> [UInt8] {
        let encoder = JSONTextEncoder()
        try encoder.encode(value)
        if let error = encoder.error { throw error }
        return encoder.text.bytes
    }
}
