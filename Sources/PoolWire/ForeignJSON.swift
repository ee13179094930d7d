// What is seen to before JSONDecoder gets foreign bytes.
// Invariant: whatever passes is JSON in UTF-8 whose strings, members' names among them, can be decoded.
//
// FoundationEssentials looks at a member's name with `try!`: as of Swift 6.0, which Debian 13
// builds with, a byte that is no UTF-8 in one ends the process. A client must not be able to do
// that to a master.

package enum ForeignJSON {
    /// Whether it is JSON as RFC 8259 has it, with no half of a surrogate pair, and of 512 levels at
    /// most.
    package static func isSound(_ text: [UInt8]) -> Bool {
        text.withUnsafeBufferPointer { JSONScanner($0)?.hasHalfCharacter == false }
    }
}
