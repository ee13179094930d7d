// Processes, a kernel, a clock and operators, all made of one seed. It carries out the pool's
// effects, answers with events, and lets a witness check every promise after each of them.
// Invariant: the world never tells the pool anything that a real kernel could not.

import PoolCore

package struct World {
    /// What the pool was told in its present life, in order.
    package private(set) var log: [(Event, Instant)] = []
    package private(set) var eventCount = 0
    /// How often trouble was made, or left out because it was not wanted.
    package private(set) var troubleCount = 0
    package private(set) var now = Instant(nanoseconds: 1_000_000_000)

    var trial: Trial
    var generator: Generator
    var processes: [WorkerID: Process] = [:]
    var releases: [GenerationNumber: Release] = [:]
    var agenda = Agenda()
    /// Whether anything may still go wrong; off in the quiet at the end.
    var isHostile = true
    /// The kernel launches nothing before, and this is why.
    var refusal: (until: Instant, why: Refusal)?
    var lastRequest: RequestID = 0
    /// How the master ends that hears of the next event.
    var doom: Resumption.Cause?
    /// Masters that have ended.
    var masters = 0
    /// Since when nobody watches.
    var watchedUntil: Instant?
    /// Whether the master hears of nothing any more.
    var isMute = false
    /// The unit's `WatchdogSec=`.
    var watchdogInterval: Duration?
    /// What the world itself found, and what it did.
    var findings = Findings()
    var ownTally = Tally()

    /// Hears of each event before the pool does, with the life it belongs to.
    package var journal: ((Trial.Beginning, Event, Instant) -> Void)?

    /// Whether an event is being carried out.
    private var isBusy = false
    private let chosen: Set<Int>?
    private let keepsLog: Bool
    private var leftOut = 0

    struct Process {
        let generation: GenerationNumber
        let readiness: Readiness
        var ignoresSignals: Bool
        var ignoresWords: Bool
        var isDying = false
        var isHung = false
        /// Whether it has said, or left unsaid, what its program would not.
        var hasLied = false
        /// Whether its channel is closed, so that it can't be asked to leave.
        var isUnreachable = false
        /// Whether its heartbeats have begun; with `Type=exec` it counts as ready before.
        var hasBeaten = false
        var heartbeat: Duration?
        /// Bytes of its own.
        var memory: UInt64 = 10 << 20
        var isLeaking = false
    }

    /// - Parameters:
    ///   - chosen: the trouble that is made, by its number from 1; all of it if this is `nil`.
    ///   - keepsLog: whether `log` is wanted.
    package init(seed: UInt64, only chosen: Set<Int>? = nil, keepsLog: Bool = false) {
        generator = Generator(seed: seed)
        trial = Trial(.random(&generator))
        self.chosen = chosen
        self.keepsLog = keepsLog
        beginLife()
    }

    var pool: Pool { trial.pool }

    package var faults: [Fault] {
        let own = findings.faults
        return own.isEmpty ? trial.faults : trial.faults + own
    }

    var isFaultless: Bool { trial.faults.isEmpty && findings.faults.isEmpty }

    /// The pool as it was at the beginning of its present life; `log` replays on it.
    package var beginning: Pool { trial.beginning.pool }

    /// The pool's present life, to be played again without a world.
    package var script: Script { Script(beginning: trial.beginning, lines: log) }

    /// How often the pool was started.
    package var lives: Int { ownTally.lives }

    package var tally: Tally {
        var sum = ownTally
        sum += trial.tally
        sum.checks += findings.checks
        return sum
    }

    package var isEnded: Bool {
        if case .ended = trial.pool.phase { return true }
        return false
    }

    /// Runs the whole story: trouble, sometimes quiet, stop.
    package mutating func run(events: Int) {
        tell(.start)
        while eventCount + leftOut < events, isFaultless {
            if isEnded {
                liveAgain()
            } else if generator.oneIn(12) {
                disturb()
            } else {
                step()
            }
        }
        if !generator.oneIn(3) { calmDown() }
        stopForGood()
    }

    /// The pool has ended, and the service manager starts it anew.
    private mutating func liveAgain() {
        ownTally += trial.tally
        trial = Trial(.random(&generator))
        log = []
        agenda = Agenda()
        beginLife()
        tell(.start)
    }

    /// A first generation that never starts ends a life at once: rarely.
    private mutating func beginLife() {
        ownTally.lives += 1
        releases = [1: generator.oneIn(20) ? generator.pick(Release.allCases) : .good]
        watchdogInterval = trial.beginning.watchdogInterval
        doom = nil
    }

    /// Makes trouble of a generator of its own, so that the rest of the story changes as little as
    /// can be when it is left out.
    private mutating func disturb() {
        troubleCount += 1
        var own = Generator(seed: generator.next())
        if let chosen, !chosen.contains(troubleCount) {
            leftOut += 1
            return
        }
        swap(&generator, &own)
        makeTrouble()
        swap(&generator, &own)
    }

    /// Lets the next thing on the agenda happen, or the pool's own deadline if that is earlier. What
    /// has come meanwhile is read before the pool hears of the deadline.
    mutating func step() {
        let deadline = trial.pool.nextDeadline
        if let (time, event) = agenda.first, deadline.map({ time <= max($0, now) }) ?? true {
            agenda.removeFirst()
            now = max(now, time)
            happen(event)
        } else if let deadline {
            now = max(now, deadline)
            if isHostile, generator.oneIn(50) { stall() }
            tell(.deadline)
        } else if isHostile {
            disturb()
        }
    }

    /// Everything that has come by now.
    mutating func readAll() {
        while let (time, event) = agenda.first, time <= now, isFaultless {
            agenda.removeFirst()
            happen(event)
        }
    }

    mutating func wait(_ duration: Duration) { now = now + duration }

    // MARK: The conversation

    private mutating func happen(_ event: Agenda.Entry) {
        switch event {
        case .tell(let event): tell(event)
        case .exit(let id, let status): exit(id, status)
        case .notice(let id, let notice):
            guard let process = processes[id], !process.isHung else { return }
            tell(.noticed(id, notice))
        case .lateNotice(let id, let notice): tell(.noticed(id, notice))
        case .beat(let id): beat(id)
        case .crash(let id): die(id, .exited(1))
        }
    }

    private mutating func beat(_ id: WorkerID) {
        guard let process = processes[id], let period = process.heartbeat else { return }
        agenda.add(now + period / 3, .beat(id))
        guard !process.isHung else { return }
        processes[id]?.hasBeaten = true
        tell(.noticed(id, .heartbeat))
    }

    /// Tells the pool, lets its answer be checked, and carries that out.
    mutating func tell(_ event: Event, at time: Instant? = nil) {
        if isMute { return }
        eventCount += 1
        if keepsLog { log.append((event, time ?? now)) }
        journal?(trial.beginning, event, time ?? now)
        let effects = trial.tell(event, at: time ?? now)
        guard let cause = doom, !isBusy else {
            return muffled { for effect in effects { $0.carryOut(effect) } }
        }
        doom = nil
        changeMasters(effects, cause)
    }

    /// No master ends in between.
    mutating func muffled(_ deed: (inout World) -> Void) {
        let wasBusy = isBusy
        isBusy = true
        deed(&self)
        isBusy = wasBusy
    }

    mutating func carryOut(_ effect: Effect) {
        switch effect {
        case .launch(let id, let number): launch(id, number)
        case .disconnect(let id): takeLeave(id)
        case .signal(let id, let signal): obey(id, signal)
        case .relay(let id, let signal): hearAnybody(id, signal)
        case .kill(let id): die(id, .signaled(.kill, coreDumped: false))
        case .measureMemory(let ids):
            for id in ids { measure(id) }
        case .readConfiguration(let number): readConfiguration(number)
        case .record(.workerUnresponsive(let id, _, .watchdog)): checkSilence(id)
        case .forget, .release, .notify, .record, .answer, .finish: break
        }
    }

    /// A worker that sends its heartbeats is never given up, however late they are read.
    private mutating func checkSilence(_ id: WorkerID) {
        guard let process = processes[id], process.hasBeaten, !process.hasLied else { return }
        findings.check(
            process.isHung || process.heartbeat == nil, "\(id) is given up, but was not silent")
    }
}

extension World {
    /// The pool as it stands, for whoever looks into a failing seed.
    package func dump() -> String { trial.dump(at: now) }

    /// The end of the story, one event a line.
    package func story(last count: Int) -> String {
        log.suffix(count).map { "\($0.1.nanoseconds / 1_000_000) ms: \($0.0.sentence)" }
            .joined(separator: "\n")
    }
}
