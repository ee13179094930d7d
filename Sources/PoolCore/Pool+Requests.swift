// What people may ask for of single workers: a fresh one in its place, a signal.
// Invariant: whoever asks gets one answer. A worker that is to be replaced serves until its successor
// is ready, as in a rollout, and where none is found it serves on.

extension Pool {
    /// Fresh workers that somebody waits for.
    package struct RestartOrder: Codable, Sendable {
        /// `nil` where nobody waits for them any more.
        package internal(set) var request: RequestID?
        /// Slots that have none yet.
        var slots: [Slot]
        /// Workers up to this incarnation are not fresh.
        let after: UInt64

        func wants(_ worker: Worker) -> Bool {
            slots.contains(worker.id.slot) && worker.id.incarnation <= after
        }

        /// Whether this is a fresh one, which has not taken its slot.
        func waits(for worker: Worker) -> Bool {
            slots.contains(worker.id.slot) && worker.id.incarnation > after
        }
    }

    // MARK: Restarts

    /// - Parameter slot: `nil` for all of them, one after the other.
    mutating func requestRestart(_ request: RequestID, _ slot: Slot?) {
        guard phase == .serving else {
            return answer(
                [request], .refused(isStopping ? "the pool is stopping" : "it is starting"))
        }
        guard rollout == nil, pendingReload == nil else {
            return answer([request], .refused("a rollout is under way, and replaces every worker"))
        }
        let slots = slot.map { [$0] } ?? seats.map(\.slot)
        guard slots.allSatisfy(seats.indices.contains) else {
            return answer([request], .refused(noSuchSlot))
        }
        orders.append(RestartOrder(request: request, slots: slots, after: lastIncarnation))
        for slot in slots { forgive(slot) }
    }

    /// What was is not held against a slot that somebody cares about.
    mutating func forgive(_ slot: Slot) {
        guard worker(slot, .candidate) == nil else { return }
        // Who is to follow on somebody has a reason of its own.
        let opening = worker(slot, .incumbent) == nil ? .asked : seats[slot].opening
        seats[slot].reset(to: seats[slot].generation, opening: opening)
    }

    func isAskedFor(_ worker: Worker) -> Bool { orders.contains { $0.wants(worker) } }

    /// Answers those who have what they asked for.
    mutating func concludeRestarts() {
        guard !orders.isEmpty else { return }
        for (index, order) in orders.enumerated() {
            orders[index].slots = order.slots.filter { !isFresh($0, since: order.after) }
        }
        answer(orders.filter(\.slots.isEmpty).compactMap(\.request), .done)
        orders.removeAll(where: \.slots.isEmpty)
    }

    /// Whether there is nothing left to be done in this slot.
    private func isFresh(_ slot: Slot, since incarnation: UInt64) -> Bool {
        guard slot < seats.count else { return true }
        guard let holder = worker(slot, .incumbent) else { return false }
        return holder.isReady && holder.id.incarnation > incarnation
    }

    /// A fresh worker has ended as it rose: those who waited for it are told, and the rest of what
    /// they asked for is not done.
    mutating func failRestarts(of worker: Worker, _ end: End) {
        let failed = orders.filter { $0.waits(for: worker) }
        guard !failed.isEmpty else { return }
        orders.removeAll { $0.waits(for: worker) }
        let slot = worker.id.slot
        let rest = self.worker(slot, .incumbent) == nil ? "" : "; the one before serves on"
        answer(failed.compactMap(\.request), .refused("a fresh \(title(of: slot)) \(end)\(rest)"))
    }

    mutating func refuseRestarts(because why: String) {
        answer(orders.compactMap(\.request), .refused(why))
        orders = []
    }

    // MARK: Signals

    mutating func requestSignal(_ request: RequestID, _ slot: Slot, _ signal: Signal) {
        guard seats.indices.contains(slot) || workers.contains(where: { $0.id.slot == slot }) else {
            return answer([request], .refused(noSuchSlot))
        }
        guard let target = target(in: slot) else {
            return answer([request], .refused("\(title(of: slot)) has no process at the moment"))
        }
        effects.append(.relay(target.id, signal))
        effects.append(.record(.workerSignalled(target.id, target.generation, signal)))
        answer([request], .done)
    }

    /// Who holds the slot; failing that who is to, or has held it.
    private func target(in slot: Slot) -> Worker? {
        let holder = worker(slot, .incumbent) ?? worker(slot, .candidate) ?? worker(slot, .leaver)
        switch holder?.state {
        case .launching, .killed, nil: return nil
        case .starting, .ready, .disconnecting, .stopping, .ending: return holder
        }
    }

    // MARK: Words

    private func title(of slot: Slot) -> String { isAgent ? "agent" : "worker \(slot)" }

    private var noSuchSlot: String {
        seats.isEmpty ? "there is no slot" : "there are slots 0 to \(seats.count - 1)"
    }
}
