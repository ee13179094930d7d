// More workers, or fewer, while the pool runs. The next reload goes by the configuration again.
// Invariant: the number wanted lies within `workerRange`, and a slot is closed only from the top.

extension Pool {
    package static let workerRange = 1...1_024

    /// Taken up at once, or after the start or the rollout that is under way.
    mutating func requestScale(by difference: Int) {
        let (sum, overflow) = pendingScale.addingReportingOverflow(difference)
        pendingScale = overflow ? pendingScale : sum
    }

    mutating func applyScale() {
        guard phase == .serving, rollout == nil, pendingScale != 0 else { return }
        let from = wanted
        let to = scaled(from, by: pendingScale)
        pendingScale = 0
        guard to != from, let index = generations.firstIndex(where: { $0.number == settled }) else {
            return
        }
        generations[index].policy.workers = to
        effects.append(.record(.poolScaled(from: from, to: to)))
        closeSeats(from: to, because: .fewerWorkers)
        for slot in seats.count..<max(seats.count, to) {
            seats.append(Seat(slot: slot, generation: settled, opening: .scale))
        }
    }

    private func scaled(_ count: Int, by difference: Int) -> Int {
        let range = Self.workerRange
        let (sum, overflow) = count.addingReportingOverflow(difference)
        if overflow { return difference > 0 ? range.upperBound : range.lowerBound }
        return min(max(sum, range.lowerBound), range.upperBound)
    }
}
