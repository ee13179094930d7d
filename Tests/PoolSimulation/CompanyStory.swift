// Stories of pools with agents, made of one seed: lives that begin, suffer trouble, come to rest and
// end, one after the other.
// Invariant: a story that is cut short is the beginning of the whole, and then its end.

import PoolCore

package struct CompanyStory {
    package private(set) var faults: [Fault] = []
    package private(set) var eventCount = 0
    package private(set) var tally = Tally()
    /// Hears of each event before the pool does.
    package var journal: ((Event, Instant) -> Void)?
    package var chronicle: (([Effect], [Fault]) -> Void)?
    /// Hears how each life begins.
    package var prologue: ((Trial.Beginning) -> Void)?

    private var generator: Generator
    private var lastRequest: RequestID = 0
    /// Masters that have ended in this life when that was looked at last.
    private var masters = 0

    /// Whether the seeds of a run tell such a story beside the one of a pool.
    package static func isTold(by seed: UInt64) -> Bool { seed % 3 == 0 }

    package init(seed: UInt64) {
        // Not the numbers that the seed's other story is made of.
        generator = Generator(seed: ~seed)
    }

    package mutating func run(events: Int) {
        tally.companies = 1
        repeat { live(upTo: events) } while eventCount < events && faults.isEmpty
    }

    private mutating func live(upTo events: Int) {
        let beginning = Trial.Beginning(
            policy: policy(), watchdogInterval: generator.oneIn(2) ? .seconds(10) : nil,
            seed: generator.next())
        var world = CompanyWorld(beginning)
        world.journal = journal
        world.chronicle = chronicle
        world.fate = Self.fates(beginning.seed)
        prologue?(beginning)
        tally.lives += 1
        masters = 0
        let length = generator.int(1...(generator.oneIn(4) ? 1_000 : 200))
        world.tell(.start)
        while world.eventCount < length, eventCount + world.eventCount < events,
            world.isFaultless, !world.isOver
        {
            step(&world)
        }
        if !generator.oneIn(3) { calmDown(&world) }
        stopForGood(&world)
        eventCount += world.eventCount
        faults = world.faults
        tally.checks += world.checks
        tally.sights += world.witness.sights
    }

    // MARK: Choices

    private mutating func policy() -> PoolPolicy {
        var policy = PoolPolicy.random(&generator)
        // A rollout of few workers is over before much has happened in it, one of many never is.
        policy.workers = min(policy.workers, 3)
        if !generator.oneIn(4) {
            var agent = PoolPolicy.random(&generator).worker
            agent.restartDelay += .milliseconds(200)
            agent.restartMaxDelay += .milliseconds(200)
            if generator.oneIn(2) { agent.watchdogInterval = .seconds(generator.int(1...5)) }
            if generator.oneIn(2) { agent.memoryLimit = 50 << 20 }
            policy.agent = agent
        }
        return policy
    }

    /// A generation is good or bad, for workers and agents alike or not.
    private static func fates(
        _ seed: UInt64
    ) -> (WorkerID, GenerationNumber) -> CompanyWorld.Fate {
        { id, number in
            var mood = Generator(seed: seed &+ UInt64(number) &* (id.isAgent ? 7_919 : 104_729))
            _ = mood.next()
            // A first one that never starts ends a life at once: rarely.
            let odds: UInt64 =
                number == 1 && !mood.oneIn(8) ? 40 : mood.pick([2, 4, 10, 40, 40, 100])
            var dice = Generator(seed: seed ^ id.incarnation)
            guard dice.oneIn(odds) else { return .well }
            return dice.pick(CompanyWorld.Fate.allCases)
        }
    }

    // MARK: Events

    private mutating func step(_ world: inout CompanyWorld) {
        if world.masters > masters {
            masters = world.masters
            lastRequest = 0
        }
        switch generator.int(0...19) {
        case 0..<9 where world.pending > 0:
            // Mostly in order, as the kernel tells most things.
            let place = generator.oneIn(3) ? generator.int(0...world.pending - 1) : 0
            world.happen(place)
        // Who is about to get ready mostly does, before its time is up.
        case 9..<14 where world.pending > 0 && !generator.oneIn(6): world.happen()
        case 9..<14: _ = world.wait()
        case 14: pass(&world)
        default: disturb(&world)
        }
    }

    /// Some time without a deadline, or over several.
    private mutating func pass(_ world: inout CompanyWorld) {
        world.pass(to: world.now + generator.duration(upTo: .seconds(3)))
        if generator.oneIn(4) {
            world.pass(to: world.now + generator.duration(upTo: .seconds(86_400)))
        }
        if world.isFaultless { world.tellDue() }
    }

    private mutating func request() -> RequestID {
        lastRequest += 1
        return lastRequest
    }

    private mutating func disturb(_ world: inout CompanyWorld) {
        switch generator.int(0...27) {
        case 0..<5:
            world.next = generator.oneIn(8) ? nil : policy()
            if generator.oneIn(4) {
                world.tell(.reloadRequested(nil))
            } else {
                world.ask(request()) { .reloadRequested($0) }
            }
        case 5: world.ask(request()) { .abortRequested($0) }
        case 6: world.ask(request()) { .pauseRequested($0) }
        case 7: world.ask(request()) { .resumeRequested($0) }
        case 8:
            world.tell(.scaleRequested(generator.oneIn(3) ? .to(2) : .by(generator.int(-2...2))))
        case 9: world.tell(.deadline)
        case 10 where !world.isReading: world.tell(.configurationRefused("nobody asked"))
        case 11: stepClockBack(&world)
        case 12 where generator.oneIn(6):
            world.tell(.stopRequested)
            if generator.oneIn(3), !world.isOver { world.tell(.stopRequested) }
        case 13 where generator.oneIn(4): massacre(&world)
        case 14: noise(&world)
        case 15, 16:
            let slot = generator.oneIn(2) ? .ofAgent : generator.int(0...2)
            world.ask(request()) { .restartRequested($0, slot) }
        case 17:
            let slot = generator.oneIn(2) ? .ofAgent : generator.int(0...2)
            world.ask(request()) { .signalRequested($0, slot, .kill) }
        case 18: world.doomMaster(generator.next(), mayDieAgain: true)
        default: harm(&world)
        }
        if world.isFaultless, !world.isOver { world.tellDue() }
    }

    /// Agents more often than their number would have it.
    private mutating func someone(in world: CompanyWorld) -> WorkerID? {
        let choices = generator.oneIn(2) ? world.livingAgents : world.living
        return choices.isEmpty ? nil : generator.pick(choices)
    }

    private mutating func harm(_ world: inout CompanyWorld) {
        guard let id = someone(in: world) else { return }
        switch generator.int(0...10) {
        case 0..<3: world.exit(id, randomEnd())
        case 3: world.hang(id)
        case 4: world.closeChannel(id)
        case 5...7: world.beginLeaking(id)
        default: world.tell(.noticed(id, generator.notice()))
        }
    }

    private mutating func massacre(_ world: inout CompanyWorld) {
        for id in world.living where world.isFaultless && !world.isOver {
            world.exit(id, .signaled(.kill, coreDumped: false))
        }
    }

    /// Words about those who are gone, and those who never were.
    private mutating func noise(_ world: inout CompanyWorld) {
        let strangers = [
            WorkerID(slot: 0, incarnation: 1 << 39), WorkerID(slot: 0, incarnation: 1 << 50),
        ]
        let id = generator.pick(strangers + [world.lastGone].compactMap { $0 })
        switch generator.int(0...4) {
        case 0: world.tell(.exited(id, .exited(1)))
        case 1: world.tell(.unreachable(id))
        case 2: world.tell(.memoryMeasured(id, .max))
        default: world.tell(.noticed(id, generator.notice()))
        }
    }

    private mutating func stepClockBack(_ world: inout CompanyWorld) {
        let time = world.now + generator.duration(upTo: .seconds(3_600)) * -1
        if let id = someone(in: world), generator.oneIn(2) {
            world.tell(.noticed(id, generator.notice()), at: time)
        } else {
            world.tell(.deadline, at: time)
        }
    }

    private mutating func randomEnd() -> ExitStatus {
        generator.pick([
            .exited(1), .exited(0), .exited(3), .exited(9), .signaled(.kill, coreDumped: false),
            .signaled(Signal(11), coreDumped: true), .unknown,
        ])
    }

    // MARK: The end

    /// What may still be waited for: an hour that was asked for with EXTEND_TIMEOUT_USEC= by one
    /// whose place another one takes, and the times of both configurations.
    private static let longestQuiet = Duration.seconds(3_600 + 900)

    /// With nothing going wrong any more there is in bounded time what is wanted.
    private mutating func calmDown(_ world: inout CompanyWorld) {
        guard world.isFaultless, !world.isOver else { return }
        world.mend()
        world.ask(request()) { .resumeRequested($0) }
        let began = world.now
        world.settle { ($0.isSettled && $0.pending == 0) || $0.isOver }
        guard world.isFaultless else { return }
        let line = world.company.statusLine
        world.check(world.isSettled || world.isOver, "the pool does not settle: \(line)")
        let time = world.now - began
        world.check(time <= Self.longestQuiet, "the pool took \(time.spoken) to settle")
        let unanswered = world.unanswered
        world.check(unanswered.isEmpty, "nobody answers \(unanswered)")
    }

    /// Asks once, and after some time a second time.
    private mutating func stopForGood(_ world: inout CompanyWorld) {
        guard world.isFaultless else { return }
        if !world.isOver { world.tell(.stopRequested) }
        let patience = generator.int(1...100)
        for turn in 0..<5_000 where world.isFaultless && !world.isOver {
            if generator.oneIn(60) { world.doomMaster(generator.next(), mayDieAgain: false) }
            if turn == patience {
                world.tell(.stopRequested)
            } else if world.pending > 0 {
                world.happen(generator.oneIn(3) ? generator.int(0...world.pending - 1) : 0)
            } else if !world.wait() {
                world.tell(.stopRequested)
            }
        }
        guard world.isFaultless else { return }
        let line = world.company.statusLine
        world.check(world.isOver, "the pool does not end: \(line)")
        let left = world.living
        world.check(left.isEmpty, "\(left) outlive the pool")
        world.ask(request()) { .reloadRequested($0) }
        let unanswered = world.unanswered
        world.check(unanswered.isEmpty, "nobody answers \(unanswered)")
    }
}
