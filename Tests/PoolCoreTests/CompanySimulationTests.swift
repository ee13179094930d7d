// Seeds against the promises of a pool with an agent: random fates, deaths, reloads with and without
// an agent, steering, scaling and stops.
//
// To see the story of a seed that fails, and how it ends:
//
//     swift run -c release simulate --company --seed 1541 --events 300

import PoolCore
import PoolSimulation
import Testing

@Suite struct CompanySimulationTests {
    private static let events = 300

    /// With the faults off whoever asked gets an answer, and a stop leaves nothing: that is part of
    /// each story.
    @Test(arguments: UInt64(0)..<40)
    func everyPromiseIsKept(batch: UInt64) {
        for seed in batch * 10..<(batch + 1) * 10 {
            var story = CompanyStory(seed: seed)
            story.run(events: Self.events)
            #expect(story.faults == [], "seed \(seed)")
            #expect(story.eventCount >= Self.events, "seed \(seed)")
        }
    }

    @Test func aSeedRepeatsItsStory() {
        for seed in UInt64(0)..<5 { #expect(Self.told(seed) == Self.told(seed)) }
        #expect(Self.told(1) != Self.told(2))
    }

    private static func told(_ seed: UInt64) -> [String] {
        let box = Box()
        var story = CompanyStory(seed: seed)
        story.journal = { event, _ in box.lines.append(event.sentence) }
        story.chronicle = { effects, _ in box.lines += effects.map(\.sentence) }
        story.run(events: events)
        return box.lines
    }

    /// What both listeners write to.
    private final class Box {
        var lines: [String] = []
    }
}
