// More workers, or fewer, while the pool runs. The next reload goes by the configuration again.
// Invariant: the number wanted lies within `workerRange`, and a slot is closed only from the top.

extension Pool {
    package static let workerRange = 1...1_024

    /// What was asked for since the last change: a number, and so many more or fewer than that.
    struct PendingScale: Equatable, Codable, Sendable {
        var base: Int?
        var difference = 0
    }

    /// Taken up at once, or after the start or the rollout that is under way.
    mutating func requestScale(_ scaling: Scaling) {
        guard phase == .rising || phase == .serving else { return }
        switch scaling {
        case .to(let count): pendingScale = PendingScale(base: count)
        case .by(let difference):
            let (sum, overflow) = pendingScale.difference.addingReportingOverflow(difference)
            if !overflow { pendingScale.difference = sum }
        }
    }

    /// How many workers are wanted once nothing stands in the way.
    package var wantedNext: Int {
        let base = pendingScale.base ?? policy(of: shownGeneration).workers
        let most = max(1, Self.workerRange.upperBound - policy(of: shownGeneration).spare)
        let (sum, overflow) = base.addingReportingOverflow(pendingScale.difference)
        if overflow { return pendingScale.difference > 0 ? most : 1 }
        return min(max(sum, Self.workerRange.lowerBound), most)
    }

    mutating func applyScale() {
        guard phase == .serving, rollout == nil, pendingScale != PendingScale() else { return }
        let from = wanted
        let to = wantedNext
        pendingScale = PendingScale()
        guard to != from, let index = generations.firstIndex(where: { $0.number == settled }) else {
            return
        }
        generations[index].policy.workers = to
        effects.append(.record(.poolScaled(from: from, to: to)))
        let slots = generations[index].policy.slots
        closeSeats(from: slots, because: .fewerWorkers)
        for slot in seats.count..<max(seats.count, slots) {
            seats.append(Seat(slot: slot, generation: settled, opening: .scale))
        }
    }
}
