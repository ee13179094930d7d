// New inputs out of old ones: bytes flipped, cut, doubled and put in, words of a dictionary, the tail
// of another input. For the suite, and for a toolchain that has no libFuzzer.
// Invariant: the same seed, corpus and dictionary give the same inputs in the same order.

struct Mutator {
    static let longest = 4_096

    let corpus: [[UInt8]]
    let dictionary: [[UInt8]]
    private var random: SeededNumbers

    /// - Parameter corpus: Not empty.
    init(seed: UInt64, corpus: [[UInt8]], dictionary: [[UInt8]]) {
        random = SeededNumbers(seed: seed)
        self.corpus = corpus
        self.dictionary = dictionary
    }

    mutating func next() -> [UInt8] {
        var input = corpus[random.below(corpus.count)]
        for _ in 0...random.below(4) { mutate(&input) }
        return Array(input.prefix(Self.longest))
    }

    private mutating func mutate(_ input: inout [UInt8]) {
        let place = random.below(input.count + 1)
        let end = min(input.count, place + 1 + random.below(16))
        switch random.below(8) {
        case 0 where place < input.count: input[place] ^= 1 << UInt8(random.below(8))
        case 1: input.removeSubrange(place..<end)
        case 2: input.insert(contentsOf: input[place..<end], at: place)
        case 3: input.removeSubrange(end...)
        case 4:
            let other = corpus[random.below(corpus.count)]
            input.replaceSubrange(place..., with: other.dropFirst(random.below(other.count + 1)))
        case 5 where !dictionary.isEmpty, 6 where !dictionary.isEmpty:
            input.insert(contentsOf: dictionary[random.below(dictionary.count)], at: place)
        default: input.insert(UInt8(random.below(256)), at: place)
        }
    }
}
