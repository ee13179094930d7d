// What people may do to a rollout that is under way: hold it, let it go on, give it up.
// Invariant: whoever asks gets one answer, at once.

extension Pool {
    mutating func pauseRollout(_ request: RequestID) {
        guard let rollout = steerable(request) else { return }
        if !rollout.isPaused {
            self.rollout?.isPaused = true
            let slots = policy(of: rollout.target).slots
            effects.append(
                .record(
                    .rolloutPaused(
                        rollout.target, replaced: slots - rollout.unfinished.count, slots: slots)))
        }
        answer([request], .done)
    }

    mutating func resumeRollout(_ request: RequestID) {
        guard let rollout = steerable(request) else { return }
        if rollout.isPaused {
            self.rollout?.isPaused = false
            effects.append(.record(.rolloutResumed(rollout.target)))
        }
        answer([request], .done)
    }

    mutating func abortRollout(_ request: RequestID) {
        guard steerable(request) != nil else { return }
        rollBack(because: Rollout.aborted)
        answer([request], .done)
    }

    /// The rollout, if there is one to steer; otherwise the request is refused.
    private mutating func steerable(_ request: RequestID) -> Rollout? {
        switch rollout?.stage {
        case .forward: return rollout
        case .back(let why): answer([request], .refused("the rollout goes back already: \(why)"))
        case .reading: answer([request], .refused("the configuration is still being read"))
        case nil: answer([request], .refused("no rollout is under way"))
        }
        return nil
    }
}
