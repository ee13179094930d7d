// Bytes that are no text, written as text: base64 of RFC 4648, section 4.

enum Base64 {
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start...].prefix(3)
            let word = (0..<3).reduce(0 as UInt32) { word, index in
                word << 8 | (index < group.count ? UInt32(group[start + index]) : 0)
            }
            for index in 0..<4 {
                let digit = digits[Int(word >> (18 - 6 * UInt32(index)) & 63)]
                text.append(index <= group.count ? digit : padding)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `nil` for what ``encode(_:)`` does not write.
    static func decode(_ text: String) -> [UInt8]? {
        let given = Array(text.utf8)
        guard given.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: given.count, by: 4) {
            var word: UInt32 = 0
            for byte in given[start..<start + 4] {
                guard let value = digits.firstIndex(of: byte) ?? (byte == padding ? 0 : nil) else {
                    return nil
                }
                word = word << 6 | UInt32(value)
            }
            let group = [UInt8(word >> 16 & 255), UInt8(word >> 8 & 255), UInt8(word & 255)]
            bytes += group.prefix(3 - given[start..<start + 4].count { $0 == padding })
        }
        // Padding in the middle, or bits that stand for nothing.
        return encode(bytes) == text ? bytes : nil
    }
}
