// Seeds against the invariants: each one is a different world of trouble.
//
// A seed that fails is printed with its faults. To see the whole of its story, name it:
//
//     MARTLET_SEED=1541 swift test --filter aNamedSeedTellsItsStory
//
// and when the mistake is found, add it to `veterans`, where it stays.

import Foundation
import PoolCore
import PoolSimulation
import Testing

@Suite struct SimulationTests {
    /// Seeds that have found a mistake once, in the order in which they did. A change of the world
    /// gives them other stories; what they found is kept as plays.
    static let veterans: [UInt64] = [29, 85, 90, 122, 206, 749, 1_541, 2_819, 67, 355]
    private static let events = 400

    private func tell(_ seed: UInt64, storyOf lines: Int) {
        var world = World(seed: seed, keepsLog: lines > 0)
        world.run(events: Self.events)
        guard !world.faults.isEmpty else { return }
        Issue.record(
            """
            seed \(seed), life \(world.lives), after \(world.eventCount) events:
            \(world.faults.joined(separator: "\n"))
            \(world.story(last: lines))
            """)
    }

    /// A hundred batches, so that all cores have work until the end.
    @Test(arguments: UInt64(0)..<100)
    func everyPromiseIsKeptAfterEveryEvent(batch: UInt64) {
        for seed in batch * 50..<(batch + 1) * 50 { tell(seed, storyOf: 0) }
    }

    @Test(arguments: veterans)
    func noVeteranFindsItsMistakeAgain(seed: UInt64) {
        tell(seed, storyOf: 40)
    }

    private static var named: UInt64? {
        ProcessInfo.processInfo.environment["MARTLET_SEED"].flatMap { UInt64($0) }
    }

    @Test(.enabled(if: named != nil, "needs MARTLET_SEED=NUMBER in the environment"))
    func aNamedSeedTellsItsStory() throws {
        let seed = try #require(Self.named)
        var world = World(seed: seed, keepsLog: true)
        world.run(events: Self.events)
        print("seed \(seed), life \(world.lives):\n\(world.story(last: .max))\n\(world.dump())")
        #expect(world.faults == [])
    }

    @Test func aSeedRepeatsItsStory() {
        for seed in UInt64(0)..<5 {
            var first = World(seed: seed, keepsLog: true)
            var second = World(seed: seed, keepsLog: true)
            first.run(events: Self.events)
            second.run(events: Self.events)
            #expect(first.story(last: .max) == second.story(last: .max))
            #expect(first.dump() == second.dump())
            #expect(first.eventCount >= Self.events)
        }
    }

    @Test func twoSeedsTellDifferentStories() {
        var first = World(seed: 1, keepsLog: true)
        var second = World(seed: 2, keepsLog: true)
        first.run(events: Self.events)
        second.run(events: Self.events)
        #expect(first.story(last: .max) != second.story(last: .max))
    }

    /// A simulation proves nothing about what never happens in it.
    @Test func theStoriesVisitEveryCornerOfThePool() {
        var seen: Set<String> = []
        for seed in UInt64(0)..<150 {
            var world = World(seed: seed, keepsLog: true)
            world.run(events: Self.events)
            var pool = world.beginning
            for (event, time) in world.log {
                for effect in pool.handle(event, at: time) { seen.insert(effect.corner) }
            }
        }
        let corners = [
            "abort", "answered: replaced", "answered: refused", "answered: can't come back",
            "answered: stopping", "finalKill", "fewerWorkers", "heartbeat", "kill: out of time",
            "kill: second stop", "nobody serves", "refused by the kernel", "resting", "rollback",
            "retired: rollout failed", "slot finished", "start timeout", "waiting", "steered",
            "measured", "paced", "paused", "resumed", "reload refused", "too heavy",
            "emptied first",
        ]
        #expect(Set(corners).subtracting(seen).sorted() == [])
    }
}

extension Effect {
    /// What this effect shows to have happened.
    fileprivate var corner: String {
        switch self {
        case .signal(_, .abort): "abort"
        case .signal(_, .quit): "finalKill"
        case .answer(_, .done): "steered"
        case .measureMemory: "measured"
        case .answer(_, .replaced): "answered: replaced"
        case .answer(_, .refused(let why)):
            why.contains("the old generation")
                ? "answered: can't come back"
                : why.contains("is stopping") ? "answered: stopping" : "answered: refused"
        case .notify(.heartbeat): "heartbeat"
        case .record(let record): record.corner
        default: ""
        }
    }
}

extension Record {
    fileprivate var corner: String {
        switch self {
        case .workerKilled(_, _, _, .outOfTime): "kill: out of time"
        case .workerKilled(_, _, _, .secondStop): "kill: second stop"
        case .watchdogWithheld: "nobody serves"
        case .workerNeverReady(_, _, .notLaunched(.refused)): "refused by the kernel"
        case .workerNeverReady(_, _, .startTimeout): "start timeout"
        case .startLimitHit: "resting"
        case .restartDelayed: "waiting"
        case .restartsPaced: "paced"
        case .rolloutPaused: "paused"
        case .rolloutResumed: "resumed"
        case .reloadRefused: "reload refused"
        case .workerStarted(_, _, .memory): "too heavy"
        case .workerRetired(_, _, .makesRoom): "emptied first"
        case .workerStarted(_, _, .rollback): "rollback"
        case .workerRetired(_, _, .rolloutFailed): "retired: rollout failed"
        case .workerRetired(_, _, .fewerWorkers): "fewerWorkers"
        case .slotFinished: "slot finished"
        default: ""
        }
    }
}
