// JSON on its way to standard output, where programs read it and people look at it.
// Invariant: it means the same, and nothing in it moves a cursor or turns the direction of writing.

extension Encodable {
    /// One value on one line, without the line's end; `nil` for a number JSON has no form for.
    package var printableJSON: [UInt8]? {
        guard let frame = VarlinkFrame.encode(self) else { return nil }
        // Such characters stand in strings only, as the encoder puts none between values, and there
        // an escape means the same.
        let text = String(decoding: frame.dropLast(), as: UTF8.self)
        guard text.unicodeScalars.contains(where: \.movesOtherText) else { return Array(text.utf8) }
        var result: [UInt8] = []
        for scalar in text.unicodeScalars {
            if scalar.movesOtherText {
                let digits = String(scalar.value, radix: 16)
                result += Array("\\u".utf8) + Array(repeating: 0x30, count: 4 - digits.utf8.count)
                result += Array(digits.utf8)
            } else {
                result += Array(String(scalar).utf8)
            }
        }
        return result
    }
}
