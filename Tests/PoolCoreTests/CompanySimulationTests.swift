// Seeds against the promises of a pool with an agent: random fates, deaths, reloads with and without
// an agent, steering, scaling and stops.

import PoolCore
import PoolSimulation
import Testing

@Suite struct CompanySimulationTests {
    private static let events = 300

    private static func policy(_ dice: inout Generator) -> PoolPolicy {
        var policy = PoolPolicy.test(workers: Int(dice.next() % 3) + 1)
        policy.rolloutSettle = dice.next() % 2 == 0 ? .zero : .seconds(2)
        policy.worker.startLimitBurst = Int(dice.next() % 2) * 4
        policy.worker.disconnects = dice.next() % 2 == 0
        guard dice.next() % 4 != 0 else { return policy }
        var agent = policy.worker
        if dice.next() % 4 == 0 { agent.lifetime = .seconds(20) }
        if dice.next() % 4 == 0 { agent.restart = .onFailure }
        if dice.next() % 4 == 0 { agent.watchdogInterval = .seconds(15) }
        agent.restartReset = .seconds(30)
        policy.agent = agent
        return policy
    }

    private static func trouble(_ world: inout CompanyWorld, _ dice: inout Generator, _ turn: Int) {
        let request = RequestID(turn)
        switch dice.next() % 40 {
        case 0..<18: if world.pending > 0 { world.happen(Int(dice.next() % UInt64(world.pending))) }
        case 18..<28: _ = world.wait()
        case 28..<31:
            world.next = dice.next() % 8 == 0 ? nil : policy(&dice)
            world.ask(request) { .reloadRequested($0) }
        case 31: world.ask(request) { .abortRequested($0) }
        case 32: world.ask(request) { .pauseRequested($0) }
        case 33: world.ask(request) { .resumeRequested($0) }
        case 34: world.tell(.scaleRequested(.by(dice.next() % 2 == 0 ? 1 : -1)))
        case 35: world.tell(.deadline)
        case 36:
            if let id = world.livingAgents.first { world.tell(.noticed(id, .stopping)) }
        default:
            let living = world.living
            guard !living.isEmpty else { return }
            let status: ExitStatus = dice.next() % 3 == 0 ? .exited(0) : .exited(9)
            world.exit(living[Int(dice.next() % UInt64(living.count))], status)
        }
    }

    private static func story(_ seed: UInt64) -> CompanyWorld {
        var dice = Generator(seed: seed)
        var world = CompanyWorld(policy(&dice), seed: seed)
        let odds = 2 + dice.next() % 8
        world.fate = { id, _ in
            var dice = Generator(seed: seed ^ id.incarnation)
            guard dice.next() % odds == 0 else { return .well }
            return CompanyWorld.Fate.allCases[Int(dice.next() % 5)]
        }
        world.tell(.start)
        for turn in 1...events where world.outcomes.isEmpty && world.faults.isEmpty {
            trouble(&world, &dice, turn)
        }
        // With the faults off whoever asked gets an answer, and a stop leaves nothing.
        world.fate = { _, _ in .well }
        world.ask(9_000) { .resumeRequested($0) }
        world.settle { $0.unanswered.isEmpty && $0.pending == 0 }
        world.tell(.stopRequested)
        world.settle()
        return world
    }

    @Test(arguments: UInt64(0)..<40)
    func everyPromiseIsKept(batch: UInt64) {
        for seed in batch * 50..<(batch + 1) * 50 {
            let world = Self.story(seed)
            #expect(world.faults == [], "seed \(seed)")
            #expect(world.outcomes.count == 1, "seed \(seed)")
            #expect(world.living == [], "seed \(seed)")
            #expect(world.unanswered == [], "seed \(seed)")
        }
    }
}
