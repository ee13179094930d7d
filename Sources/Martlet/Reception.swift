// What the master is told of connections: who waits for them, who has them, which have ended.
// Invariant: a connection is answered for once, and a later one never before an earlier one; what is
// said after `resumed` is true of what `resumed` and its followers have told.

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

    func given(_ number: UInt32, at index: Int) -> Ledger.Receipt {
        state.withLock { $0.ledger.given(number, at: index) }
    }

    func settle(_ receipt: Ledger.Receipt) {
        // Said under the lock, or another thread could say a later number first.
        state.withLock { state in settle(receipt, &state) }
    }

    private func settle(_ receipt: Ledger.Receipt, _ state: inout State) {
        if let through = state.ledger.settle(receipt) { channel?.say(.taken(through: through)) }
    }

    /// - Returns: False for one that a master before has given: this one can't give it to another
    ///   worker.
    func refuse(
        _ receipt: Ledger.Receipt, _ connection: PassedDescriptor, at index: Int
    ) -> Bool {
        state.withLock { state in
            guard state.ledger.isOpen(receipt) else { return false }
            let frame = WorkerFrame.refused(listener: UInt16(index), receipt.number)
            channel?.say(frame, with: connection.shared())
            state.ledger.ended(at: index)
            settle(receipt, &state)
            return true
        }
    }

    func connectionEnded(at index: Int) {
        state.withLock { state in
            state.ledger.ended(at: index)
            channel?.say(.ended(listener: UInt16(index), count: 1))
        }
    }

    /// Another master is at the other end.
    func giveAccount() {
        // Under the lock all of it: what ends meanwhile has ended before, or is told of after it.
        state.withLock { state in
            let held = state.ledger.resume()
            channel?.say(.resumed(version: WorkerFrame.version))
            for index in state.opened.sorted() { channel?.say(.opened(listener: UInt16(index))) }
            for (index, count) in held {
                channel?.say(.holds(listener: UInt16(index), count: UInt32(clamping: count)))
            }
        }
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

extension PassedDescriptor {
    /// `nil` if it was taken already.
    fileprivate func shared() -> SharedDescriptor? {
        guard let descriptor = take() else { return nil }
        return SharedDescriptor(descriptor)
    }
}
