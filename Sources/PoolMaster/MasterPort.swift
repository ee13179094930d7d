// How other threads of a program speak with the loop that runs in one of them.
// Invariant: commands are carried out one at a time and in their order; what is told is told in the
// order in which it happened; neither side waits for the other.

import LinuxKernel
import PoolCore
import PoolWire

/// What a program wants of the pool that it is the master of. Workers are known by incarnation; who
/// is gone by then is not told anything.
package enum MasterCommand: Sendable {
    /// The verdict is given on the loop's thread.
    case reload(@Sendable (Verdict) -> Void)
    case scale(Scaling)
    case stop
    /// To whomever the message names.
    case send(PoolMessage)
    /// To this worker alone.
    case deliver([UInt8], to: UInt64)
    case signal(UInt64, Signal)
    /// Ask this worker to leave; its slot gets another one.
    case disconnect(UInt64)
}

/// What such a program is told of its pool.
package enum MasterNews: Sendable {
    /// There is a process for the worker.
    case forked(WorkerID, GenerationNumber, pid: Int32)
    /// Its program runs.
    case online(WorkerID)
    case ready(WorkerID)
    /// It takes connections of the socket there from now on.
    case listening(WorkerID, address: String)
    /// For the one process beside the workers.
    case message(body: [UInt8], sender: MessageSender)
    /// It is on its way out; whether it was asked to leave, or has said so itself, rather than sent
    /// a signal.
    case leaving(WorkerID, isAsked: Bool)
    /// Its channel is closed.
    case disconnected(WorkerID)
    case exited(WorkerID, ExitStatus)
    /// Its program has never run. There may have been no process, and no other news then.
    case notStarted(WorkerID, because: String)
}

package final class MasterPort: Sendable {
    let bell: Wakeup
    private let listener: @Sendable (MasterNews, MasterPort) -> Void
    private let state = Locked(State())

    private struct State {
        var commands: [MasterCommand] = []
        var isOpen = true
    }

    /// So many commands may wait.
    static let mostCommands = 1_024

    /// Why a command was not taken.
    package enum Refusal: Error, Equatable {
        /// The loop has ended.
        case closed
        /// Too many wait.
        case full
    }

    /// - Parameter listener: Called on the loop's thread with this; it must not wait.
    package init(
        _ listener: @escaping @Sendable (MasterNews, MasterPort) -> Void
    ) throws(SystemError) {
        bell = try Wakeup()
        self.listener = listener
    }

    func tell(_ news: MasterNews) { listener(news, self) }

    /// From any thread, and from before the loop begins.
    ///
    /// - Throws: What was not taken is not carried out; nobody is told of it otherwise.
    package func order(_ command: MasterCommand) throws(Refusal) {
        let refusal = state.withLock { state -> Refusal? in
            guard state.isOpen else { return .closed }
            guard state.commands.count < Self.mostCommands else { return .full }
            state.commands.append(command)
            return nil
        }
        if let refusal { throw refusal }
        bell.ring()
    }

    func takeCommands() -> [MasterCommand] {
        bell.answer()
        return state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Nothing is carried out any more; who waits for a verdict is told so. Called once the loop has
    /// ended, or has not begun.
    package func close() {
        let rest = state.withLock { state in
            defer { (state.commands, state.isOpen) = ([], false) }
            return state.commands
        }
        for case .reload(let answer) in rest { answer(.refused("the pool has stopped")) }
    }
}
