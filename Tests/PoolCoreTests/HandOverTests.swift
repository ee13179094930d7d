// A pool can be written down, read by another master, and goes on as if nothing had happened.

import Foundation
import PoolCore
import PoolSimulation
import Testing

@Suite struct HandOverTests {
    private func handedOver(_ pool: Pool) throws -> Pool {
        try JSONDecoder().decode(Pool.self, from: JSONEncoder().encode(pool))
    }

    private func canonical(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Replays each world's log on two pools, of which one changes hands again and again.
    @Test(arguments: UInt64(0)..<20)
    func aPoolThatChangesHandsDoesTheSame(batch: UInt64) throws {
        for seed in batch * 5..<(batch + 1) * 5 {
            var world = World(seed: seed, keepsLog: true)
            world.run(events: 300)
            var original = world.beginning
            var heir = original
            for (number, entry) in world.log.enumerated() {
                if number % 41 == 3 { heir = try handedOver(heir) }
                let expected = original.handle(entry.0, at: entry.1)
                let found = heir.handle(entry.0, at: entry.1)
                try #require(found == expected, "seed \(seed), event \(number): \(entry.0)")
                #expect(heir.nextDeadline == original.nextDeadline, "seed \(seed)")
            }
            #expect(heir.statusLine == original.statusLine)
            #expect(try canonical(heir) == canonical(original))
        }
    }

    @Test(arguments: Situation.workers.indices)
    func aPoolInAnySituationIsReadAsItWasWritten(index: Int) throws {
        let pool = Situation.workers[index].stage.pool
        #expect(try canonical(handedOver(pool)) == canonical(pool))
        #expect(try handedOver(pool).violations == [])
    }

    @Test(arguments: Situation.pools.indices)
    func aPoolInAnyPhaseIsReadAsItWasWritten(index: Int) throws {
        let pool = Situation.pools[index].stage.pool
        #expect(try canonical(handedOver(pool)) == canonical(pool))
    }

    /// A recorded list of events is a bug report: it must survive being written down.
    @Test func eventsAreReadAsTheyWereWritten() throws {
        for strike in Strike.onWorkers + Strike.onPools {
            let event = strike.event(WorkerID(slot: 3, incarnation: .max))
            let copy = try JSONDecoder().decode(Event.self, from: JSONEncoder().encode(event))
            #expect("\(copy)" == "\(event)")
        }
    }

    @Test func effectsAreReadAsTheyWereWritten() throws {
        var world = World(seed: 1, keepsLog: true)
        world.run(events: 300)
        var pool = world.beginning
        for (event, time) in world.log {
            let effects = pool.handle(event, at: time)
            let copy = try JSONDecoder().decode([Effect].self, from: JSONEncoder().encode(effects))
            #expect(copy == effects)
        }
    }
}
