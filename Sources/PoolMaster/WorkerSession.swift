// One worker's channel and the protocol on it: what it says, and what it is told.
// Invariant: a worker that breaks its protocol, or that does not read, is heard no more; it costs
// nobody else anything.

import LinuxKernel
import PoolCore
import PoolWire

protocol WorkerSession: AnyObject {
    var channel: WorkerChannel { get }
    /// Whether the worker's end is open, and what it writes makes sense.
    var isOpen: Bool { get }

    /// What the next master is to know.
    var state: SessionState { get }
    /// Whether the next master can ask the worker for it.
    var canBeAsked: Bool { get }
    /// Whether that is another one than when this was last set to false.
    var isStateNew: Bool { get set }

    /// Takes what the worker has written, within one turn's measure. Answers are queued: what is
    /// to be kept of them can be kept before `flush`.
    func receive() -> [WorkerNews]

    /// What was received is written down, and need not be there for the next master any more.
    func forgetReceived()

    /// Queues a connection of the socket of this index; it is kept until the worker has answered
    /// for it.
    ///
    /// - Returns: Whether the worker can be given one.
    func give(_ connection: Dispatcher.Connection, from index: Int) -> Bool

    /// What it was given and has not answered for.
    func takeBack() -> [(index: Int, connection: Dispatcher.Connection)]

    /// Queues a message for the program.
    ///
    /// - Parameter isChecked: Whether its body is known to be JSON.
    /// - Returns: False if the worker can't be told: it does not read, or would not understand.
    func deliver(_ message: PoolMessage, from sender: MessageSender, isChecked: Bool) -> Bool

    /// Queues the news of who serves, for an agent.
    ///
    /// - Returns: As `deliver`.
    func tell(_ roll: WorkerRoll) -> Bool

    /// Whether nobody is worse off if what the worker answers for connections is read a little later.
    var answersMayWait: Bool { get }
    /// How many connections it has not answered for.
    var unanswered: Int { get }

    /// Asks the worker to leave.
    ///
    /// - Returns: Whether it can be asked.
    func disconnect() -> Bool

    /// Sends what waits.
    func flush()
}

/// What the loop is to know of a worker by its channel.
enum WorkerNews {
    case notice(Notice)
    /// It has called listen(2), and is not ready by that.
    case listens
    /// It waits for connections of the socket of this index, or does not any more.
    case opened(Int)
    case closed(Int)
    /// It has taken so many connections.
    case took(Int, count: Int)
    /// It would not take one.
    case refused(Int, Dispatcher.Connection)
    /// It would not take one that the master before has given.
    case returned(Int, SharedDescriptor)
    /// So many that it had taken have ended.
    case ended(Int, count: Int)
    /// So many are with it, whoever has given them; it says so once, to a master that comes later.
    case holds(Int, count: Int)
    /// It has something to say to others.
    case message(PoolMessage, isChecked: Bool)
    case undeliverable(because: String)
    /// So many requests have ended since it last said so, and so many are under way.
    case load(finished: UInt32, underWay: UInt16)
    /// Its first message is not the one that programs of its kind begin with.
    case strangeHandshake
}
