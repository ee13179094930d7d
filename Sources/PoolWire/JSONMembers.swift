// The members of a JSON object with their values as they were written, so that a value can be passed
// on without being read.
// Invariant: only for text that a decoder has taken; of any other text what comes out means nothing,
// but nothing traps.

struct JSONMembers {
    /// In the order of the text. A name has its escapes still.
    private(set) var all: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []

    /// - Parameter text: An object; of anything else there are no members.
    init(of text: [UInt8]) {
        var rest = text[...]
        rest.skipSpace()
        guard rest.popFirst() == UInt8(ascii: "{") else { return }
        while true {
            rest.skipSpace()
            guard rest.first == UInt8(ascii: "\"") else { return }
            let name = rest.popValue().dropFirst().dropLast()
            rest.skipSpace()
            guard rest.popFirst() == UInt8(ascii: ":") else { return }
            rest.skipSpace()
            all.append((name, rest.popValue()))
            rest.skipSpace()
            guard rest.popFirst() == UInt8(ascii: ",") else { return }
        }
    }

    /// The value of the last member of this name, which is the one that decoders take.
    subscript(name: StaticString) -> ArraySlice<UInt8>? {
        all.last { member in
            name.withUTF8Buffer { member.name.elementsEqual($0) }
        }?.value
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func skipSpace() {
        self = drop { [0x20, 0x09, 0x0a, 0x0d].contains($0) }
    }

    /// Takes a value off: a string with its marks, an object or a list with what is in it, or
    /// whatever is there up to the next mark or space.
    fileprivate mutating func popValue() -> ArraySlice<UInt8> {
        let whole = self
        var depth = 0
        repeat {
            switch first {
            case UInt8(ascii: "\""): skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                removeFirst()
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { break }
                depth -= 1
                removeFirst()
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                if depth == 0 { break }
                removeFirst()
            case nil: break
            default: if depth == 0 { skipWord() } else { removeFirst() }
            }
        } while depth > 0 && !isEmpty
        return whole[whole.startIndex..<startIndex]
    }

    private mutating func skipString() {
        removeFirst()
        while let byte = popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\") { _ = popFirst() }
        }
    }

    private mutating func skipWord() {
        self = drop { byte in ![0x20, 0x09, 0x0a, 0x0d, 0x2c, 0x5d, 0x7d].contains(byte) }
    }
}
