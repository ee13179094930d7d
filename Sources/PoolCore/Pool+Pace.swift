// The pool's pace applied: which starts draw on it, and who waits for it.
// Invariant: whoever waits is first in the queue or behind somebody who has waited longer.

extension Pool {
    /// When the pool may next start a worker that replaces another one.
    var paceOpens: Instant { pace.opens(burst: seats.count) }

    var isPaceOpen: Bool { paceOpens <= clock }

    /// When a turn comes for those who wait; `nil` while nobody does.
    var paceDeadline: Instant? {
        guard phase == .rising || phase == .serving, !isPaceOpen else { return nil }
        return slotsInQueue > 0 || isRecyclingDue ? paceOpens : nil
    }

    /// Slots without a worker whose own pause is over.
    private var slotsInQueue: Int { seats.count(where: isPauseOver) }

    /// Whether it has a pause, and waits for nothing but its turn any more.
    func isPauseOver(_ seat: Seat) -> Bool { seat.pause?.end.map { $0 <= clock } ?? false }

    /// Once for each time that the pool is too slow for its workers' deaths.
    mutating func recordPace() {
        let waiting = slotsInQueue
        if waiting > 0, !isPaceRecorded {
            isPaceRecorded = true
            effects.append(.record(.restartsPaced(waiting: waiting)))
        } else if waiting == 0, pace.recovered <= clock {
            isPaceRecorded = false
        }
    }
}
