// What comes once and is for everybody who reads: each reader has a sequence of its own.
// Invariant: who does not read loses something, and holds up nobody; nothing comes to a reader before
// what is older.

import LinuxKernel

package final class Mailing<Element: Sendable>: Sendable {
    private let keeping: Keeping
    private let state = Locked(State())

    private struct State {
        /// For the next new reader.
        var kept: [Element] = []
        var readers: [Int: AsyncStream<Element>.Continuation] = [:]
        var nextReader = 0
        var hasEnded = false
    }

    /// What is kept for a reader that is busy, and for one that is new.
    package enum Keeping: Sendable {
        /// So many; newer ones are lost. Who is new gets what comes.
        case oldest(Int)
        /// The same; the first reader gets what was before it.
        case oldestFromBeginning(Int)
        /// What came last, which a new reader gets as well: older ones mean nothing any more.
        case latest

        fileprivate var policy: AsyncStream<Element>.Continuation.BufferingPolicy {
            switch self {
            case .oldest(let count), .oldestFromBeginning(let count): .bufferingOldest(count)
            case .latest: .bufferingNewest(1)
            }
        }
    }

    package init(keeping: Keeping) {
        self.keeping = keeping
    }

    package func sequence() -> AsyncStream<Element> {
        AsyncStream(bufferingPolicy: keeping.policy) { continuation in
            let number = state.withLock { state -> Int? in
                // Under the lock, before anything newer can come.
                for element in state.kept { continuation.yield(element) }
                if case .oldestFromBeginning = keeping { state.kept = [] }
                state.nextReader += 1
                guard !state.hasEnded else { return nil }
                state.readers[state.nextReader] = continuation
                return state.nextReader
            }
            guard let number else { return continuation.finish() }
            // Whoever ends lets go of the other.
            continuation.onTermination = { [state] _ in
                _ = state.withLock { $0.readers.removeValue(forKey: number) }
            }
        }
    }

    package func tell(_ element: Element) {
        let readers = state.withLock { state in
            keep(element, &state)
            return Array(state.readers.values)
        }
        for reader in readers { reader.yield(element) }
    }

    private func keep(_ element: Element, _ state: inout State) {
        guard !state.hasEnded else { return }
        switch keeping {
        case .oldest: break
        case .oldestFromBeginning(let count):
            if state.nextReader == 0, state.kept.count < count { state.kept.append(element) }
        case .latest: state.kept = [element]
        }
    }

    /// Nothing will come any more.
    package func end() {
        let readers = state.withLock { state in
            defer { (state.readers, state.hasEnded) = ([:], true) }
            if case .latest = keeping { state.kept = [] }
            return Array(state.readers.values)
        }
        for reader in readers { reader.finish() }
    }
}
