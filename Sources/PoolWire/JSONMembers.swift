// The members of a JSON object with their values as they were written, so that a value can be passed
// on without being read.

struct JSONMembers {
    /// In the order of the text. A name has its escapes still.
    let all: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)]
    /// Of the whole text, see ``JSONScanner/hasHalfCharacter``. Without one it is sound.
    let hasHalfCharacter: Bool

    /// - Parameter text: Of anything but an object there are no members.
    /// - Returns: `nil` if it is no JSON.
    init?(of text: [UInt8]) {
        let found = text.withUnsafeBufferPointer { bytes in
            JSONScanner(bytes).map { ($0.members, $0.hasHalfCharacter) }
        }
        guard let found else { return nil }
        all = found.0.map { (text[$0.name], text[$0.value]) }
        hasHalfCharacter = found.1
    }

    /// The value of the last member of this name, which is the one that decoders take.
    subscript(name: StaticString) -> ArraySlice<UInt8>? {
        all.last { member in
            name.withUTF8Buffer { member.name.elementsEqual($0) }
        }?.value
    }

    /// The same of a string that has no escapes.
    func plainText(_ name: StaticString) -> ArraySlice<UInt8>? {
        guard let value = self[name], value.first == UInt8(ascii: "\""),
            !value.contains(UInt8(ascii: "\\"))
        else { return nil }
        return value.dropFirst().dropLast()
    }
}
