// Connections one after the other, for a loop.

/// What ``Worker/connections(named:)`` gives. It ends when the worker is to leave, or when the task
/// that asks is cancelled.
public struct Connections: AsyncSequence, Sendable {
    public typealias Element = Connection
    public typealias Failure = Never
    let inbox: ConnectionInbox?

    public func makeAsyncIterator() -> Iterator { Iterator(inbox: inbox) }

    public struct Iterator: AsyncIteratorProtocol {
        public typealias Failure = Never
        let inbox: ConnectionInbox?

        public mutating func next() async -> Connection? { await inbox?.next() }

        public mutating func next(isolation actor: isolated (any Actor)?) async -> Connection? {
            await inbox?.next()
        }
    }
}
