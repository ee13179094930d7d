// A witness hears everything that the pool wishes for, has it written into its books, and compares.
// Invariant: each book hears every event and sees every effect, in order, and knows of no other
// book but what the service manager was told.

import PoolCore

/// What was promised to the service manager, to waiting people, to slots and to workers.
struct Witness {
    private var findings = Findings()
    private var clock = Instant(nanoseconds: .min)
    private var manager: ManagerBook
    private var launches = LaunchBook()
    private var generations = GenerationBook()
    private var starts = StartBook()
    private var ladders = LadderBook()
    private var retirements = RetirementBook()
    private var rollouts = RolloutBook()
    private var verdicts = VerdictBook()
    private var steering = SteeringBook()
    private var memory = MemoryBook()
    private var pace = PaceBook()
    private var reasons = ReasonBook()
    private var stops = StopBook()
    private var lifetimes = LifetimeBook()
    private var scales = ScaleBook()
    private var wishes = WishBook()
    private var resumptions = ResumptionBook()

    init(watchdogInterval: Duration?) {
        manager = ManagerBook(watchdogInterval: watchdogInterval)
    }

    var checks: Int { findings.checks }

    mutating func takeFaults() -> [Fault] { findings.takeFaults() }

    mutating func hear(_ event: Event, at time: Instant) {
        clock = max(clock, time)
        manager.hear(event, at: clock)
        launches.hear(event, at: clock)
        generations.hear(event, at: clock)
        starts.hear(event, at: clock)
        ladders.hear(event, at: clock)
        retirements.hear(event, at: clock)
        rollouts.hear(event, at: clock)
        verdicts.hear(event, at: clock)
        steering.hear(event, at: clock)
        memory.hear(event, at: clock)
        pace.hear(event, at: clock)
        reasons.hear(event, at: clock)
        stops.hear(event, at: clock)
        lifetimes.hear(event, at: clock)
        scales.hear(event, at: clock)
        wishes.hear(event, at: clock)
        resumptions.hear(event, at: clock)
    }

    /// All that came of the event heard last.
    mutating func see(_ effects: [Effect], of event: Event, before: Pool, after: Pool) {
        var turn = Turn(event: event, now: clock, before: before, after: after)
        for effect in effects {
            // Its book is first: the others ask what the service manager has heard.
            turn.manager = manager.heard
            manager.see(effect, in: turn, &findings)
            turn.manager = manager.heard
            launches.see(effect, in: turn, &findings)
            generations.see(effect, in: turn, &findings)
            starts.see(effect, in: turn, &findings)
            ladders.see(effect, in: turn, &findings)
            retirements.see(effect, in: turn, &findings)
            rollouts.see(effect, in: turn, &findings)
            verdicts.see(effect, in: turn, &findings)
            steering.see(effect, in: turn, &findings)
            memory.see(effect, in: turn, &findings)
            pace.see(effect, in: turn, &findings)
            reasons.see(effect, in: turn, &findings)
            stops.see(effect, in: turn, &findings)
            lifetimes.see(effect, in: turn, &findings)
            scales.see(effect, in: turn, &findings)
            wishes.see(effect, in: turn, &findings)
            resumptions.see(effect, in: turn, &findings)
        }
        manager.endTurn(turn, &findings)
        launches.endTurn(turn, &findings)
        generations.endTurn(turn, &findings)
        starts.endTurn(turn, &findings)
        ladders.endTurn(turn, &findings)
        retirements.endTurn(turn, &findings)
        rollouts.endTurn(turn, &findings)
        verdicts.endTurn(turn, &findings)
        steering.endTurn(turn, &findings)
        memory.endTurn(turn, &findings)
        pace.endTurn(turn, &findings)
        reasons.endTurn(turn, &findings)
        stops.endTurn(turn, &findings)
        lifetimes.endTurn(turn, &findings)
        scales.endTurn(turn, &findings)
        wishes.endTurn(turn, &findings)
        resumptions.endTurn(turn, &findings)
        checkMeasure(effects, turn)
        checkPool(turn)
    }

    /// No event makes a pool talk without end.
    private mutating func checkMeasure(_ effects: [Effect], _ turn: Turn) {
        let workers = turn.before.workers.count + turn.after.workers.count
        findings.check(effects.count <= 20 + 12 * (workers + 6), "\(effects.count) effects")
    }

    private mutating func checkPool(_ turn: Turn) {
        findings.check(turn.after.violations)
        guard case .deadline = turn.event, let next = turn.after.nextDeadline else { return }
        findings.check(next > turn.now, "the next deadline has passed already")
    }
}
