// The one message that comes for each connection, read without a decoder.
// Invariant: what is read here means the same to the decoder; what is not, is left to it.

/// `{"cmd":"NODE_CLUSTER","ack":17,"accepted":true,"seq":3}`, as Node 18 and 20 write it.
struct NodeAcceptance {
    let number: Int
    let isAccepted: Bool

    init?(line: [UInt8]) {
        var rest = line[...]
        guard rest.skip(#"{"cmd":"NODE_CLUSTER","ack":"#), let number = rest.popNumber(),
            rest.skip(#","accepted":"#)
        else { return nil }
        if rest.skip("true") {
            isAccepted = true
        } else if rest.skip("false") {
            isAccepted = false
        } else {
            return nil
        }
        guard rest.skip(#","seq":"#), rest.popNumber() != nil, rest.elementsEqual("}".utf8) else {
            return nil
        }
        self.number = number
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func skip(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { expected in
            guard starts(with: expected) else { return false }
            removeFirst(expected.count)
            return true
        }
    }

    /// Up to fifteen digits, without a zero before others.
    fileprivate mutating func popNumber() -> Int? {
        let digits = prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard (1...15).contains(digits.count), digits.count == 1 || digits.first != 0x30 else {
            return nil
        }
        removeFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}
