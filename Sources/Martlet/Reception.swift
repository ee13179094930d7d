// What the master is told of connections: who waits for them, who has them, which have ended.
// Invariant: a connection is answered for once, and a later one never before an earlier one.

import LinuxKernel
import PoolWire

final class Reception: Sendable {
    let channel: Channel?
    /// Tells the engine that it has something to do; where the kernel has no descriptor for it,
    /// there is no engine either.
    let bell: Wakeup?
    /// How many sockets are the master's: those with the lowest indices.
    let dispatched: Int
    private let state = Locked(State())

    private struct State {
        var isOver = false
        var opened: Set<Int> = []
        var ledger = Ledger()
    }

    init(_ inheritance: Inheritance) {
        let bell = try? Wakeup()
        channel = inheritance.channel.map { Channel($0) { bell?.ring() } }
        dispatched = inheritance.dispatched.count
        self.bell = bell
    }

    /// The master gives connections only to those who have asked; for the others the engine accepts
    /// once somebody waits.
    func somebodyWaits(at index: Int) {
        guard index < dispatched else {
            bell?.ring()
            return
        }
        state.withLock { state in
            guard !state.isOver, state.opened.insert(index).inserted else { return }
            channel?.say(.opened(listener: UInt16(index)))
        }
    }

    func given(_ number: UInt32) { state.withLock { $0.ledger.given(number) } }

    func settle(_ number: UInt32) {
        // Said under the lock, or another thread could say a later number first.
        state.withLock { state in
            if let through = state.ledger.settle(number) { channel?.say(.taken(through: through)) }
        }
    }

    func refuse(_ number: UInt32) {
        channel?.say(.refused(number))
        settle(number)
    }

    func connectionEnded(at index: Int) {
        channel?.say(.ended(listener: UInt16(index), count: 1))
    }

    /// No connections are wanted any more.
    func close() {
        state.withLock { state in
            state.isOver = true
            for index in state.opened.sorted() { channel?.say(.closed(listener: UInt16(index))) }
            state.opened = []
        }
    }
}
