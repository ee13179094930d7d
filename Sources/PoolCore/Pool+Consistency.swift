// The design's invariants as code: checked after every event in tests, before every heartbeat in
// the master.

extension Pool {
    /// Whether every invariant holds.
    package var isConsistent: Bool { violations.isEmpty }

    /// Each invariant that does not hold, as a sentence.
    package var violations: [String] {
        roleViolations + seatViolations + phaseViolations + rolloutViolations
    }

    private var roleViolations: [String] {
        var found: [String] = []
        for (earlier, later) in zip(workers, workers.dropFirst()) where later.id <= earlier.id {
            found.append("worker \(later.id) is not younger than \(earlier.id)")
        }
        for worker in workers {
            if worker.isLeaving != (worker.role == .leaver) {
                found.append("worker \(worker.id) is \(worker.role) and \(worker.state.name)")
            }
            if worker.role != .leaver, worker.id.slot >= seats.count {
                found.append("worker \(worker.id) has no slot")
            }
            if !generations.contains(where: { $0.number == worker.generation }) {
                found.append("generation \(worker.generation) of worker \(worker.id) is forgotten")
            }
        }
        return found
    }

    private var seatViolations: [String] {
        var found: [String] = []
        for (position, seat) in seats.enumerated() {
            let staying = workers.filter { $0.id.slot == seat.slot && $0.role != .leaver }
            if seat.slot != position { found.append("slot \(seat.slot) stands at \(position)") }
            if staying.filter({ $0.role == .incumbent }).count > 1 {
                found.append("slot \(seat.slot) has two incumbents")
            }
            if staying.filter({ $0.role == .candidate }).count > 1 {
                found.append("slot \(seat.slot) has two candidates")
            }
            if staying.isEmpty, seat.pause == nil, phase == .serving || phase == .rising,
                rollout?.clearing.contains(seat.slot) != true, !isBarred(seat.slot)
            {
                found.append("slot \(seat.slot) is empty and nothing will fill it")
            }
            if !generations.contains(where: { $0.number == seat.generation }) {
                found.append("generation \(seat.generation) of slot \(seat.slot) is forgotten")
            }
        }
        return found
    }

    private var phaseViolations: [String] {
        switch phase {
        case .idle:
            workers.isEmpty && seats.isEmpty ? [] : ["there are workers before the start"]
        case .rising, .serving:
            rollout == nil && seats.count != policy(of: settled).slots
                ? ["\(seats.count) slots where \(policy(of: settled).slots) are wanted"] : []
        case .stopping:
            (workers.contains { $0.role != .leaver } ? ["a worker stays while stopping"] : [])
                + (workers.isEmpty ? ["stopping with nothing left to stop"] : [])
        case .ended:
            workers.isEmpty ? [] : ["\(workers.count) workers are left after the end"]
        }
    }

    private var rolloutViolations: [String] {
        var found: [String] = []
        // While a new rollout begins, the last slots of an earlier one may still be coming back.
        let target = rollout.map { policy(of: $0.target) }
        let most =
            policy(of: settled).surge
            + (target.map { max($0.surge, $0.rolloutSurge + $0.rolloutMaxUnready) } ?? 0)
        if candidates.count > most {
            found.append("\(candidates.count) candidates rise where \(most) may")
        }
        guard let rollout else { return found }
        if phase != .serving { found.append("a rollout is under way, but the pool does not serve") }
        if Set(rollout.unfinished).count != rollout.unfinished.count {
            found.append("a slot has two turns at once")
        }
        if let target, rollout.inPlace.count > target.rolloutMaxUnready {
            found.append("\(rollout.inPlace.count) slots are emptied at once")
        }
        for slot in rollout.clearing where !workers.contains(where: { $0.id.slot == slot }) {
            found.append("slot \(slot) is empty, but not filled")
        }
        if !rollout.isForward, !rollout.unfinished.isEmpty {
            found.append("slots rise for a rollout that goes back")
        }
        for slot in rollout.rising
        where worker(slot, .candidate)?.generation != rollout.target {
            found.append("slot \(slot) rises without a candidate")
        }
        return found
    }
}
