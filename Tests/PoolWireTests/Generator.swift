// Random numbers that a seed repeats (SplitMix64).

struct Generator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int {
        Int.random(in: 0..<limit, using: &self)
    }

    /// Bits flipped, bytes cut, doubled and put in, in at most four places.
    mutating func mutate(_ bytes: inout [UInt8]) {
        for _ in 0..<below(5) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(6) {
            case 0: bytes[place] ^= 1 << UInt8(below(8))
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(UInt8(below(256)), at: place)
            case 3: bytes.insert(contentsOf: bytes[place...].prefix(below(40)), at: place)
            case 4: bytes.removeSubrange(place..<min(bytes.count, place + below(20)))
            default:
                let token = Self.tokens[below(Self.tokens.count)]
                bytes.insert(contentsOf: token.utf8, at: place)
            }
        }
    }

    private static let tokens = [
        "{", "}", "[", "]", "\"", "\\u0000", "\\ud800", "null", "true", "-1e999", "9".repeated(400),
        "\u{0}", "[".repeated(600), "{\"a\":".repeated(600), ",\"method\":1", "\u{feff}", "=", "\n",
        "\u{202e}", "e\u{301}", "\u{1b}[31m",
    ]
}

extension String {
    func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
