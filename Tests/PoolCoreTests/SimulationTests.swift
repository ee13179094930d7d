// Seeds against the invariants: each one is a different world of trouble.

import PoolSimulation
import Testing

@Suite struct SimulationTests {
    @Test(arguments: UInt64(0)..<20)
    func everyInvariantHoldsAfterEveryEvent(batch: UInt64) {
        for seed in batch * 250..<(batch + 1) * 250 {
            var world = World(seed: seed)
            world.run(events: 400)
            #expect(world.faults.isEmpty, "seed \(seed) after \(world.eventCount) events")
        }
    }

    @Test func aSeedRepeatsItsStory() {
        var first = World(seed: 7, keepsLog: true)
        var second = World(seed: 7, keepsLog: true)
        first.run(events: 500)
        second.run(events: 500)
        #expect(first.log.map { "\($0)" } == second.log.map { "\($0)" })
        #expect(first.eventCount > 400)
    }
}
