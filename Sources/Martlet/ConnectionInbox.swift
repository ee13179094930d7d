// The connections of the sockets of one name that are here, and those who wait for them.
// Invariant: nobody waits while a connection is here; each connection is handed out once; after the
// end nobody waits and nothing comes.

import LinuxKernel

final class ConnectionInbox: Sendable {
    /// The sockets' `FileDescriptorName=`.
    let name: String
    private let state = Locked(State())
    /// Of the sockets, as `reception` counts them.
    private let indices: [Int]
    private let reception: Reception

    private struct State {
        var waiting: [Waiter] = []
        var here: [Arrival] = []
        var nextWaiter = 0
        var hasEnded = false
    }

    struct Arrival: Sendable {
        /// Of the socket it came to.
        let index: Int
        let descriptor: PassedDescriptor
        /// If a master has given it; `nil` if this process has accepted it itself.
        let receipt: Ledger.Receipt?
    }

    private struct Waiter {
        let number: Int
        let resume: @Sendable (Connection?) -> Void
    }

    init(name: String, indices: [Int], _ reception: Reception) {
        self.name = name
        self.indices = indices
        self.reception = reception
    }

    /// Whether somebody waits.
    var isWanted: Bool { state.withLock { !$0.waiting.isEmpty } }

    // MARK: The program's side

    func next() async -> Connection? {
        let number = nextNumber()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                ask(number) { continuation.resume(returning: $0) }
                // The cancellation may have come before there was anybody to tell of it.
                if Task.isCancelled { giveUp(number) }
            }
        } onCancel: {
            giveUp(number)
        }
    }

    /// Waits on this thread.
    func wait() -> Connection? {
        let answer = Letter<Connection?>()
        ask(nextNumber()) { answer.send($0) }
        return answer.receive()
    }

    private func nextNumber() -> Int {
        state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
    }

    private func ask(_ number: Int, _ resume: @escaping @Sendable (Connection?) -> Void) {
        let (arrival, hasEnded) = state.withLock { state -> (Arrival?, Bool) in
            if !state.here.isEmpty { return (state.here.removeFirst(), false) }
            if !state.hasEnded { state.waiting.append(Waiter(number: number, resume: resume)) }
            return (nil, state.hasEnded)
        }
        if let arrival {
            resume(connection(arrival))
        } else if hasEnded {
            resume(nil)
        } else {
            for index in indices { reception.somebodyWaits(at: index) }
        }
    }

    private func giveUp(_ number: Int) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiting.firstIndex(where: { $0.number == number }) else {
                return nil
            }
            return state.waiting.remove(at: index)
        }
        waiter?.resume(nil)
    }

    /// The program has it from now on.
    private func connection(_ arrival: Arrival) -> Connection? {
        guard let descriptor = arrival.descriptor.take() else { return nil }
        guard let receipt = arrival.receipt else {
            return Connection(descriptor, listener: name) {}
        }
        reception.settle(receipt)
        return Connection(descriptor, listener: name) { [reception] in
            reception.connectionEnded(at: arrival.index)
        }
    }

    // MARK: The pool's side

    /// - Returns: False after the end: it is still the caller's.
    func deliver(_ arrival: Arrival) -> Bool {
        let (waiter, isTaken) = state.withLock { state -> (Waiter?, Bool) in
            if state.hasEnded { return (nil, false) }
            if !state.waiting.isEmpty { return (state.waiting.removeFirst(), true) }
            state.here.append(arrival)
            return (nil, true)
        }
        if let waiter {
            waiter.resume(connection(arrival))
        }
        return isTaken
    }

    /// Nothing comes any more. What the master has given and the program has not taken goes back;
    /// what nobody else can have, as this process has accepted it itself or the master that gave it
    /// is gone, is still handed out.
    func end() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.hasEnded = true
            // Under this lock, or a new master could come between the decision and the deed.
            state.here.removeAll { arrival in
                arrival.receipt.map {
                    reception.refuse($0, arrival.descriptor, at: arrival.index)
                } ?? false
            }
            return state.waiting
        }
        for waiter in waiting { waiter.resume(nil) }
    }
}
