// The messages that come for each connection, read without a decoder.
// Invariant: what is read here means the same to the decoder; what is not, is left to it.

/// `{"cmd":"NODE_CLUSTER","ack":17,"accepted":true,"seq":3}` and `{"cmd":"NODE_HANDLE_ACK"}`, as
/// Node 18 and 20 write them.
enum NodeAcceptance: Equatable {
    case answer(number: Int, isAccepted: Bool)
    /// The descriptor has arrived, which goes without saying.
    case receipt

    init?(line: [UInt8]) {
        let message = line.withUnsafeBufferPointer { bytes -> NodeAcceptance? in
            var scanner = Scanner(bytes: bytes)
            if scanner.skip(#"{"cmd":"NODE_HANDLE_ACK"}"#) {
                return scanner.isAtEnd ? .receipt : nil
            }
            return Self.answer(&scanner)
        }
        guard let message else { return nil }
        self = message
    }

    private static func answer(_ scanner: inout Scanner) -> NodeAcceptance? {
        guard scanner.skip(#"{"cmd":"NODE_CLUSTER","ack":"#), let number = scanner.number(),
            scanner.skip(#","accepted":"#)
        else { return nil }
        let isAccepted = scanner.skip("true")
        guard isAccepted || scanner.skip("false"), scanner.skip(#","seq":"#),
            scanner.number() != nil, scanner.skip("}"), scanner.isAtEnd
        else { return nil }
        return .answer(number: number, isAccepted: isAccepted)
    }
}

/// Bytes, and how far they have been read.
private struct Scanner {
    let bytes: UnsafeBufferPointer<UInt8>
    private var place = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { place == bytes.count }

    /// - Returns: Whether the text comes next; it is passed over then.
    mutating func skip(_ text: StaticString) -> Bool {
        guard bytes.holds(text, at: place) else { return false }
        place += text.utf8CodeUnitCount
        return true
    }

    /// Up to fifteen digits, without a zero before others.
    mutating func number() -> Int? {
        let start = place
        var number = 0
        while place < bytes.count, place - start < 16, (0x30...0x39).contains(bytes[place]) {
            number = number * 10 + Int(bytes[place] - 0x30)
            place += 1
        }
        guard (1...15).contains(place - start), place - start == 1 || bytes[start] != 0x30 else {
            return nil
        }
        return number
    }
}
