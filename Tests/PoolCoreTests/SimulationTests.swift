// Seeds against the invariants: each one is a different world of trouble.
//
// A seed that fails is printed with its faults. To see the whole of its story, name it:
//
//     MARTLET_SEED=1541 swift test --filter aNamedSeedTellsItsStory
//
// To see it cut down to the events that matter, and for more seeds and longer stories:
//
//     swift run -c release simulate --seed 1541 --events 400
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
            \(world.faults.map(\.sentence).joined(separator: "\n"))
            \(world.story(last: lines))
            """)
    }

    /// A hundred batches, so that all cores have work until the end.
    @Test(arguments: UInt64(0)..<100)
    func everyPromiseIsKeptAfterEveryEvent(batch: UInt64) {
        for seed in batch * 10..<(batch + 1) * 10 { tell(seed, storyOf: 0) }
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
        var tally = Tally()
        for seed in UInt64(0)..<400 {
            var world = World(seed: seed)
            world.run(events: Self.events)
            tally += world.tally
            guard CompanyStory.isTold(by: seed) else { continue }
            var story = CompanyStory(seed: seed)
            story.run(events: Self.events)
            tally += story.tally
        }
        #expect(tally.missing == [])
    }
}
