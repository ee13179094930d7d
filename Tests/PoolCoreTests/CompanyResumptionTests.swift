// Another master takes over a pool with an agent: the service manager hears one story.

import Foundation
import PoolCore
import PoolSimulation
import Testing

@Suite struct CompanyResumptionTests {
    private func policy(hasAgent: Bool = true) -> PoolPolicy {
        var policy = PoolPolicy.test(workers: 2)
        if hasAgent { policy.agent = policy.worker }
        return policy
    }

    private func world(_ hasAgent: Bool = true) -> CompanyWorld {
        var world = CompanyWorld(policy(hasAgent: hasAgent))
        world.tell(.start)
        return world
    }

    private func serving(_ hasAgent: Bool = true) -> CompanyWorld {
        var world = world(hasAgent)
        world.settle { $0.company.workers.phase == .serving && $0.pending == 0 }
        _ = world.heard()
        return world
    }

    private func changeMasters(_ world: inout CompanyWorld) {
        world.tell(.resumed(.test(after: .seconds(1)), watchdogInterval: nil))
    }

    @Test func readyIsSaidOnceAndTheSuccessionRecordedOnce() {
        var world = serving()
        let records = world.sentences.count
        changeMasters(&world)
        #expect(world.heard() == ["READY=1"])
        #expect(world.sentences.count == records + 1)
        #expect(world.faults == [])
    }

    @Test func aPoolWhoseAgentRisesSaysNothingYet() {
        var world = world()
        _ = world.heard()
        changeMasters(&world)
        #expect(world.heard() == [])
        world.settle()
        #expect(world.heard() == ["launch 0 gen 1", "launch 1 gen 1", "READY=1"])
        #expect(world.faults == [])
    }

    /// It was read when the agent began to be replaced.
    @Test func theConfigurationIsNotReadAnewInTheAgentsTurn() {
        var world = serving()
        world.tell(.reloadRequested(nil))
        world.happen()
        _ = world.heard()
        changeMasters(&world)
        #expect(world.heard() == ["READY=1", "RELOADING=1"])
        // An answer that was on its way all the same.
        world.tell(.configurationRead(policy()))
        #expect(world.heard() == [])
        world.settle { $0.company.workers.settled == 2 && $0.pending == 0 }
        #expect(world.company.agent?.settled == 2)
        #expect(world.faults == [])
    }

    @Test func theConfigurationIsReadAnewWhileItIsWaitedFor() {
        var world = serving()
        world.tell(.reloadRequested(nil))
        _ = world.heard()
        changeMasters(&world)
        #expect(world.heard() == ["READY=1", "RELOADING=1", "read configuration 2"])
        world.settle { $0.company.workers.settled == 2 && $0.pending == 0 }
        #expect(world.faults == [])
    }

    @Test func anAgentThatLeavesLastIsWaitedForByTheNextMasterToo() {
        var world = serving()
        world.tell(.stopRequested)
        world.settle { $0.living.count == 1 && $0.pending == 1 }
        _ = world.heard()
        changeMasters(&world)
        #expect(world.heard() == ["READY=1", "STOPPING=1"])
        world.settle()
        #expect(world.heard() == ["forget agent", "finish stopped"])
        #expect(world.outcomes == [.stopped])
        #expect(world.faults == [])
    }

    /// The workers' machine has only heard of a stop.
    @Test func theEndIsToldAgainAsItWas() {
        var world = CompanyWorld(policy())
        world.fate = { _, _ in .stalls }
        world.tell(.start)
        world.settle { $0.isOver }
        #expect(world.outcomes == [.neverReady])
        _ = world.heard()
        changeMasters(&world)
        #expect(world.heard() == ["STOPPING=1", "finish neverReady"])
        #expect(world.faults == [])
    }

    @Test func whoWantedAFreshAgentGetsNoAnswerAndItsNumberBelongsToAnother() {
        var world = serving()
        world.ask(1) { .restartRequested($0, .ofAgent) }
        changeMasters(&world)
        world.settle { $0.pending == 0 && $0.company.servingAgent != nil }
        #expect(world.verdicts[1] == nil)
        let agents = world.company.agent?.workers ?? []
        #expect(agents.map(\.id.incarnation) == [(1 << 40) + 2])
        #expect(world.faults == [])
    }

    @Test(arguments: [true, false])
    func aCompanyIsReadAsItWasWritten(hasAgent: Bool) throws {
        var world = serving(hasAgent)
        world.tell(.reloadRequested(7))
        for _ in 0..<6 {
            let written = try canonical(world.company)
            let read = try JSONDecoder().decode(Company.self, from: Data(written.utf8))
            #expect(try canonical(read) == written)
            world.happen()
        }
    }

    @Test func theEndsOfTimeAreReadAsTheyWereWritten() throws {
        for nanoseconds in [Int64.min, -1, 0, 1, .max] {
            let instant = Instant(nanoseconds: nanoseconds)
            let written = try JSONEncoder().encode([instant])
            #expect(try JSONDecoder().decode([Instant].self, from: written) == [instant])
        }
    }

    private func canonical(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
