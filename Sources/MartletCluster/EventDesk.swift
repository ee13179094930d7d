// What has happened in the pool, for everybody in the primary who reads it.
// Invariant: who does not read loses what is newest, and holds up nobody; the first who reads gets
// what was before.

import LinuxKernel

final class EventDesk: Sendable {
    /// How many events wait for one reader.
    static let mostEvents = 1_024

    private let state = Locked(State())

    private struct State {
        /// Until somebody reads.
        var early: [Cluster.Event]? = []
        var readers: [Int: AsyncStream<Cluster.Event>.Continuation] = [:]
        var nextReader = 0
        var hasEnded = false
    }

    func sequence() -> AsyncStream<Cluster.Event> {
        AsyncStream(bufferingPolicy: .bufferingOldest(Self.mostEvents)) { continuation in
            let (number, hasEnded) = state.withLock { state in
                // Before anything newer can come.
                for event in state.early ?? [] { continuation.yield(event) }
                state.early = nil
                state.nextReader += 1
                if !state.hasEnded { state.readers[state.nextReader] = continuation }
                return (state.nextReader, state.hasEnded)
            }
            if hasEnded { return continuation.finish() }
            continuation.onTermination = { [state] _ in
                _ = state.withLock { $0.readers.removeValue(forKey: number) }
            }
        }
    }

    func tell(_ event: Cluster.Event) {
        let readers = state.withLock { state in
            if let early = state.early, early.count < Self.mostEvents, !state.hasEnded {
                state.early?.append(event)
            }
            return Array(state.readers.values)
        }
        for reader in readers { reader.yield(event) }
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
