// Cuts a story that breaks a promise down to a short one which breaks the same promise.
// Invariant: what is kept was played, and is lawful.
//
// The cutting is delta debugging (Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing
// Input, 2002): large pieces first, then smaller ones, then single lines; after that each time,
// each value and each rule is replaced by a simpler one where that makes no difference.

import PoolCore

package struct Shrinker {
    /// How many stories may still be tried.
    package private(set) var budget: Int
    package private(set) var best: Script

    /// What is left of a script that was cut, as far as it could happen, if it breaks the same
    /// promise.
    private let reproduce: (Script) -> Script?

    package init(_ script: Script, budget: Int, reproduce: @escaping (Script) -> Script?) {
        best = script
        self.budget = budget
        self.reproduce = reproduce
    }

    /// The shortest script found that breaks the promise which this one breaks first; `nil` if it
    /// breaks none.
    package static func shrink(_ script: Script, budget: Int = 20_000) -> Script.Performance? {
        let whole = script.play()
        guard let promise = whole.faults.first?.promise else { return nil }
        var shrinker = Shrinker(Draft(whole.script).script, budget: budget) { script in
            let played = Draft(naming: script).play()
            guard played.faults.contains(where: { $0.promise == promise }) else { return nil }
            return Draft(played.script).script
        }
        shrinker.shrink()
        return Draft(naming: shrinker.best).play()
    }

    package mutating func shrink() {
        var length = Int.max
        while best.lines.count < length, budget > 0 {
            length = best.lines.count
            cut()
            simplifyRules()
            simplifyLines()
            simplifyTimes()
        }
    }

    /// Keeps the change if it breaks the same promise.
    private mutating func attempt(_ change: (inout Script) -> Void) -> Bool {
        guard budget > 0 else { return false }
        budget -= 1
        var script = best
        change(&script)
        guard let kept = reproduce(script) else { return false }
        best = kept
        return true
    }

    // MARK: Fewer lines

    private mutating func cut() {
        var size = max(1, best.lines.count / 2)
        while true {
            var start = best.lines.count - size
            while start > -size {
                let range = max(0, start)..<min(start + size, best.lines.count)
                if !range.isEmpty { _ = attempt { $0.lines.removeSubrange(range) } }
                start = min(start, best.lines.count) - size
            }
            if size == 1 { return }
            size = max(1, size / 2)
        }
    }

    // MARK: Simpler rules

    private mutating func simplifyRules() {
        _ = attempt { $0.beginning.seed = 0 }
        _ = attempt { $0.beginning.watchdogInterval = nil }
        for simplify in PoolPolicy.simplifications {
            _ = attempt { simplify(&$0.beginning.policy) }
        }
        for index in best.lines.indices {
            guard index < best.lines.count,
                case .configurationRead(let policy) = best.lines[index].event
            else { continue }
            var policyNow = policy
            for simplify in PoolPolicy.simplifications {
                var simpler = policyNow
                simplify(&simpler)
                guard simpler != policyNow, index < best.lines.count else { continue }
                if attempt({ $0.lines[index].event = .configurationRead(simpler) }) {
                    policyNow = simpler
                }
            }
        }
    }

    // MARK: Simpler values

    private mutating func simplifyLines() {
        var index = 0
        while index < best.lines.count {
            if let simpler = best.lines[index].event.simpler {
                _ = attempt { $0.lines[index].event = simpler }
            }
            index += 1
        }
    }

    // MARK: Rounder times

    private mutating func simplifyTimes() {
        _ = attempt { script in
            guard let first = script.lines.first?.at else { return }
            let origin = Instant(nanoseconds: 0)
            script.move(from: 0, by: origin - first)
        }
        var index = 1
        while index < best.lines.count {
            let gap = best.lines[index].at - best.lines[index - 1].at
            for rounder in gap.rounder {
                if index < best.lines.count,
                    attempt({ $0.move(from: index, by: rounder - gap) })
                {
                    break
                }
            }
            index += 1
        }
    }
}

extension Script {
    /// Shifts this line and all after it.
    fileprivate mutating func move(from index: Int, by duration: Duration) {
        for later in lines.indices.dropFirst(index) {
            lines[later].at = lines[later].at + duration
        }
    }
}

extension Duration {
    /// Simpler durations near this one, the simplest first.
    fileprivate var rounder: [Duration] {
        var found: [Duration] = self == .zero ? [] : [.zero]
        for unit: Duration in [.seconds(60), .seconds(1), .milliseconds(100), .milliseconds(1)] {
            let whole = Int64(self / unit)
            if unit * whole == self { break }
            if whole != 0 { found.append(unit * whole) }
            if whole != 0 || unit <= .milliseconds(100) {
                found.append(unit * (whole + (self < .zero ? -1 : 1)))
            }
        }
        return found.filter { $0 != self }
    }
}

extension Event {
    /// The plainest event of its kind, if this is not it.
    fileprivate var simpler: Event? {
        switch self {
        case .exited(_, .exited(1)): nil
        case .exited(let id, _): .exited(id, .exited(1))
        case .launchFailed(_, .refused("EAGAIN")): nil
        case .launchFailed(let id, _): .launchFailed(id, .refused("EAGAIN"))
        case .reloadRequested(.some): .reloadRequested(nil)
        case .resumed(let resumption, let watchdog) where resumption.gap > .zero:
            .resumed(
                Resumption(cause: resumption.cause, gap: .zero, workers: resumption.workers),
                watchdogInterval: watchdog)
        case .scaleRequested(.by(let difference)) where abs(difference) > 1:
            .scaleRequested(.by(difference.signum()))
        default: nil
        }
    }
}

extension PoolPolicy {
    /// Each takes one rule towards what a configuration has that says nothing.
    fileprivate static let simplifications: [@Sendable (inout PoolPolicy) -> Void] = [
        { $0 = PoolPolicy() },
        { $0.worker = WorkerPolicy() },
        { $0.workers = 1 },
        { $0.workers = min($0.workers, 2) },
        { $0.workers = max(1, $0.workers - 1) },
        { $0.spare = 0 },
        {
            $0.rolloutMaxUnready = 0
            $0.rolloutSurge = max(1, $0.rolloutSurge)
        },
        { $0.rolloutSurge = max(1, $0.rolloutSurge - 1) },
        { $0.rolloutSettle = .zero },
        { $0.rolloutSettle = .seconds(1) },
        { $0.worker.readiness = .notify },
        { $0.worker.startTimeout = WorkerPolicy().startTimeout },
        { $0.worker.stopTimeout = WorkerPolicy().stopTimeout },
        { $0.worker.killSignal = WorkerPolicy().killSignal },
        { $0.worker.finalKillSignal = .kill },
        { $0.worker.watchdogSignal = .abort },
        { $0.worker.watchdogInterval = nil },
        { $0.worker.restart = .always },
        { $0.worker.restartDelay = WorkerPolicy().restartDelay },
        { $0.worker.restartMaxDelay = WorkerPolicy().restartMaxDelay },
        { $0.worker.restartSteps = WorkerPolicy().restartSteps },
        { $0.worker.restartReset = WorkerPolicy().restartReset },
        { $0.worker.startLimitInterval = WorkerPolicy().startLimitInterval },
        { $0.worker.startLimitBurst = WorkerPolicy().startLimitBurst },
        { $0.worker.lifetime = nil },
        { $0.worker.lifetimeExtra = .zero },
        { $0.worker.memoryLimit = nil },
        { $0.worker.successExitStatus = ExitStatusSet() },
        { $0.worker.restartPreventExitStatus = ExitStatusSet() },
    ]
}

/// Cuts a story of a whole world, where a promise is broken that no script shows: one about how the
/// pool comes to rest, or one about what its workers meant.
package struct WorldShrinker {
    package let seed: UInt64
    package private(set) var events: Int
    /// The trouble that has to be made.
    package private(set) var chosen: Set<Int>
    package private(set) var world: World

    private let promise: String
    private var budget: Int

    /// `nil` if the seed breaks no promise.
    package init?(seed: UInt64, events: Int, budget: Int = 500) {
        self.seed = seed
        self.events = events
        self.budget = budget
        var world = World(seed: seed)
        world.run(events: events)
        guard let fault = world.faults.first else { return nil }
        promise = fault.promise
        chosen = Set(1..<world.troubleCount + 1)
        self.world = world
    }

    package mutating func shrink() {
        for share in [16, 8, 4, 2] where attempt(events / share, chosen) { break }
        var size = max(1, chosen.count / 2)
        while !chosen.isEmpty {
            let numbers = chosen.sorted()
            var start = numbers.count
            while start > 0 {
                let piece = numbers[max(0, start - size)..<start]
                _ = attempt(events, chosen.subtracting(piece))
                start -= size
            }
            if size == 1 { break }
            size = max(1, size / 2)
        }
        for share in [16, 8, 4, 2] where attempt(events / share, chosen) { break }
    }

    private mutating func attempt(_ events: Int, _ chosen: Set<Int>) -> Bool {
        guard budget > 0, events > 0 else { return false }
        budget -= 1
        var world = World(seed: seed, only: chosen, keepsLog: true)
        world.run(events: events)
        guard world.faults.contains(where: { $0.promise == promise }) else { return false }
        self.events = events
        self.chosen = chosen.filter { $0 <= world.troubleCount }
        self.world = world
        return true
    }
}
