// What comes once and is for everybody who reads: each reader has a sequence of its own.
// Invariant: who does not read loses something, and holds up nobody.

import LinuxKernel

final class Mailing<Element: Sendable>: Sendable {
    private let keeping: Keeping
    private let state = Locked(State())

    private struct State {
        var readers: [Int: AsyncStream<Element>.Continuation] = [:]
        var nextReader = 0
        var last: Element?
        var hasEnded = false
    }

    /// What is kept for a reader that is busy.
    enum Keeping: Sendable {
        /// So many; newer ones are lost.
        case oldest(Int)
        /// What came last, which a new reader gets as well: older ones mean nothing any more.
        case latest

        fileprivate var policy: AsyncStream<Element>.Continuation.BufferingPolicy {
            switch self {
            case .oldest(let count): .bufferingOldest(count)
            case .latest: .bufferingNewest(1)
            }
        }
    }

    init(keeping: Keeping) {
        self.keeping = keeping
    }

    func sequence() -> AsyncStream<Element> {
        AsyncStream(bufferingPolicy: keeping.policy) { continuation in
            let (number, last) = state.withLock { state -> (Int?, Element?) in
                guard !state.hasEnded else { return (nil, nil) }
                state.nextReader += 1
                state.readers[state.nextReader] = continuation
                return (state.nextReader, state.last)
            }
            guard let number else { return continuation.finish() }
            if let last { continuation.yield(last) }
            // Whoever ends lets go of the other.
            continuation.onTermination = { [state] _ in
                _ = state.withLock { $0.readers.removeValue(forKey: number) }
            }
        }
    }

    func receive(_ element: Element) {
        let readers = state.withLock { state in
            if case .latest = keeping { state.last = element }
            return Array(state.readers.values)
        }
        for reader in readers { reader.yield(element) }
    }

    /// Nothing will come any more.
    func end() {
        let readers = state.withLock { state in
            defer { (state.readers, state.hasEnded) = ([:], true) }
            return Array(state.readers.values)
        }
        for reader in readers { reader.finish() }
    }
}
