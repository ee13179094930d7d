// A stream cut into pieces by a number, as a socket may deliver it.

struct Pieces {
    let all: [ArraySlice<UInt8>]

    /// - Parameter plan: 0 cuts nowhere, 1 after every byte, any other number here and there.
    init(of stream: [UInt8], plan: UInt8) {
        switch plan {
        case 0: all = stream.isEmpty ? [] : [stream[...]]
        case 1: all = stream.indices.map { stream[$0...$0] }
        default:
            var random = SeededNumbers(seed: UInt64(plan))
            var pieces: [ArraySlice<UInt8>] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let piece = rest.prefix(1 + random.below(1 << (1 + random.below(8))))
                pieces.append(piece)
                rest = rest.dropFirst(piece.count)
            }
            all = pieces
        }
    }
}
