// One deadline for the whole pool, computed; there are no timers to cancel.

extension Pool {
    /// When `handle(.deadline, at:)` is due if no other event comes first; `nil` for never.
    package var nextDeadline: Instant? {
        if case .ended = phase { return nil }
        let workers = workers.compactMap(\.deadline)
        let settling = phase == .serving ? candidates.compactMap(settleDeadline) : []
        // What is over already waits for its turn in the pace.
        let pauses = seats.compactMap { $0.pause?.end }.filter { $0 > clock }
        let others = [
            watchdogDeadline, promiseDeadline, nextExpiry, paceDeadline, measureDue,
        ].compactMap { $0 }
        return (workers + settling + pauses + others).min()
    }

    /// Acts on every worker whose time is up.
    mutating func expireDeadlines() {
        for id in workers.filter({ $0.deadline.map { $0 <= clock } ?? false }).map(\.id) {
            guard let index = index(of: id) else { continue }
            expire(index)
        }
    }

    private mutating func expire(_ index: Int) {
        // An earlier one in the same turn may have changed this one: look again.
        guard let deadline = workers[index].deadline, deadline <= clock else { return }
        switch workers[index].state {
        case .launching, .starting: giveUpOnStart(index)
        case .ready: abandon(index, .watchdog(workers[index].watchdogInterval ?? .zero))
        case .disconnecting, .stopping, .ending:
            press(index, because: .outOfTime(timeLeaving(workers[index])))
        case .killed: break
        }
    }
}
