// Every input that is kept, and mutations of them, through the properties of the fuzzer.

import Testing

@Suite("Foreign bytes") struct CorpusTests {
    private static let kept = KeptInputs(
        directory: "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/"))

    @Test("that were kept are read as they must be", arguments: FuzzTarget.allCases)
    func corpus(_ target: FuzzTarget) throws {
        let inputs = try Self.kept.corpus(of: target)
        #expect(inputs.count >= 8, "a corpus of \(inputs.count) inputs is none")
        for input in inputs {
            #expect(throws: Never.self, "\(target.rawValue)/\(input.name)") {
                try target.check(input.bytes)
            }
        }
    }

    @Test("that are like them are, too: 400 mutations", arguments: FuzzTarget.allCases)
    func mutations(_ target: FuzzTarget) throws {
        var mutator = Mutator(
            seed: 20_261_121, corpus: try Self.kept.corpus(of: target).map(\.bytes),
            dictionary: try Self.kept.dictionary(of: target))
        for round in 0..<400 {
            let input = mutator.next()
            #expect(throws: Never.self, "\(target.rawValue), round \(round): \(input)") {
                try target.check(input)
            }
        }
    }

    @Test("are kept in a measure: 200 inputs for each parser, 300 KB for all")
    func size() throws {
        var total = 0
        for target in FuzzTarget.allCases {
            let inputs = try Self.kept.corpus(of: target)
            #expect(inputs.count <= 200, "\(target.rawValue): \(inputs.count)")
            total += inputs.reduce(0) { $0 + $1.bytes.count }
        }
        #expect(total <= 300_000, "\(total) bytes")
    }
}

@Suite("The tools of the fuzzer") struct FuzzToolTests {
    @Test(
        "find a control character, a line's end and a mark that turns the writing",
        arguments: [
            "\u{1b}", "\u{7f}", "\u{85}", "\u{9b}", "\n", "\u{2028}", "\u{202e}", "\u{200f}",
        ])
    func harmful(_ character: String) {
        #expect(!"a\(character)b".isHarmless)
        #expect("a b\u{e4}\u{1f426}".isHarmless)
    }

    @Test("cut a stream into pieces that are the stream", arguments: [0, 1, 2, 77, 255] as [UInt8])
    func pieces(_ plan: UInt8) {
        let stream = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
        let pieces = Pieces(of: stream, plan: plan).all
        #expect(Array(pieces.joined()) == stream)
        #expect(pieces.allSatisfy { !$0.isEmpty })
        #expect(plan == 0 ? pieces.count == 1 : pieces.count > 8)
    }

    @Test("repeat their inputs by the seed, and by another seed have others")
    func seeds() {
        func inputs(_ seed: UInt64) -> [[UInt8]] {
            var mutator = Mutator(seed: seed, corpus: [[1, 2, 3]], dictionary: [[9]])
            return (0..<50).map { _ in mutator.next() }
        }
        #expect(inputs(1) == inputs(1))
        #expect(inputs(1) != inputs(2))
    }

    @Test("take the words of a dictionary as libFuzzer does")
    func dictionary() throws {
        let kept = KeptInputs(
            directory: "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/"))
        let words = try kept.dictionary(of: .notify)
        #expect(words.contains(Array("READY=1".utf8)))
        #expect(words.contains([0x0a]) && words.contains([0xff]) && words.contains([0xc2, 0x9b]))
    }
}
