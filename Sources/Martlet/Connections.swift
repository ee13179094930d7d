// Connections one after the other, for a loop.

/// What ``Worker/connections(named:)`` gives. It ends when the worker is to leave, or when the task
/// that asks is cancelled.
///
/// A connection belongs to the program once it has come out of here; those that nobody has asked for
/// can still go to another worker.
public struct Connections: AsyncSequence, Sendable {
    /// A client that has connected.
    public typealias Element = Connection
    /// It ends, and never fails.
    public typealias Failure = Never
    let inbox: ConnectionInbox?

    /// Another reader of the same connections: each goes to one of them.
    public func makeAsyncIterator() -> Iterator { Iterator(inbox: inbox) }

    /// One of those who ask for connections.
    public struct Iterator: AsyncIteratorProtocol {
        /// It ends, and never fails.
        public typealias Failure = Never
        let inbox: ConnectionInbox?

        /// The next connection.
        ///
        /// - Returns: `nil` when the worker is to leave, when there is no such socket, and when the
        ///   task is cancelled; after a cancellation another task may ask on.
        public mutating func next() async -> Connection? { await inbox?.next() }

        /// The next connection.
        ///
        /// - Parameter actor: Whose caller waits; the wait itself is the same on all.
        /// - Returns: As ``next()``.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> Connection? {
            await inbox?.next()
        }
    }
}
