// Processes, a kernel, a clock and operators, all made of one seed. It carries out the pool's
// effects, answers with events, and lets a witness check every promise after each of them.
// Invariant: the world never tells the pool anything that a real kernel could not.

import PoolCore

package struct World {
    /// What the pool was told in its present life, in order; replays on `beginning`.
    package private(set) var log: [(Event, Instant)] = []
    /// The pool as it was before anything happened to it.
    package private(set) var beginning: Pool
    package private(set) var faults: [String] = []
    package private(set) var eventCount = 0
    /// How often the pool had ended and was started anew.
    package private(set) var lives = 1

    var pool: Pool
    var generator: Generator
    var now = Instant(nanoseconds: 1_000_000_000)
    var processes: [WorkerID: Process] = [:]
    var releases: [GenerationNumber: Release] = [:]
    var agenda = Agenda()
    /// Whether anything may still go wrong; off in the quiet at the end.
    var isHostile = true

    private var witness: Witness
    private var lastRequest: RequestID = 0
    private let keepsLog: Bool

    struct Process {
        let generation: GenerationNumber
        let readiness: Readiness
        var ignoresSignals: Bool
        var isDying = false
        var isHung = false
        /// Whether it has said things that its program would not say.
        var hasLied = false
        /// Whether its heartbeats have begun; with `Type=exec` it counts as ready before.
        var hasBeaten = false
        var heartbeat: Duration?
        /// Bytes of its own.
        var memory: UInt64 = 10 << 20
        var isLeaking = false
    }

    package init(seed: UInt64, keepsLog: Bool = false) {
        var generator = Generator(seed: seed)
        let watchdog: Duration? = generator.oneIn(2) ? .seconds(10) : nil
        pool = Pool(policy: .random(&generator), watchdogInterval: watchdog)
        beginning = pool
        witness = Witness(watchdogInterval: watchdog)
        self.generator = generator
        self.keepsLog = keepsLog
        releases = firstRelease()
    }

    package var isEnded: Bool {
        if case .ended = pool.phase { return true }
        return false
    }

    /// Runs the whole story: trouble, sometimes quiet, stop.
    package mutating func run(events: Int) {
        tell(.start)
        while eventCount < events, faults.isEmpty {
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
        lives += 1
        let watchdog: Duration? = generator.oneIn(2) ? .seconds(10) : nil
        pool = Pool(policy: .random(&generator), watchdogInterval: watchdog)
        beginning = pool
        witness = Witness(watchdogInterval: watchdog)
        releases = firstRelease()
        log = []
        agenda = Agenda()
        tell(.start)
    }

    /// A first generation that never starts ends a life at once: rarely.
    private mutating func firstRelease() -> [GenerationNumber: Release] {
        [1: generator.oneIn(20) ? generator.pick(Release.allCases) : .good]
    }

    /// Lets the next thing on the agenda happen, or the pool's own deadline if that is earlier. What
    /// has come meanwhile is read before the pool hears of the deadline.
    mutating func step() {
        let deadline = pool.nextDeadline
        if let (time, event) = agenda.first, deadline.map({ time <= max($0, now) }) ?? true {
            agenda.removeFirst()
            now = max(now, time)
            happen(event)
        } else if let deadline {
            now = max(now, deadline)
            if isHostile, generator.oneIn(50) {
                now = now + generator.duration(upTo: .seconds(30))
                readAll()
            }
            tell(.deadline)
        } else if isHostile {
            disturb()
        }
    }

    /// Everything that has come by now.
    private mutating func readAll() {
        while let (time, event) = agenda.first, time <= now, faults.isEmpty {
            agenda.removeFirst()
            happen(event)
        }
    }

    // MARK: Trouble

    private mutating func disturb() {
        now = now + generator.duration(upTo: .seconds(generator.oneIn(100) ? 600 : 2))
        switch generator.int(0...15) {
        case 0, 1: requestReload()
        case 2: tell(.reloadRequested(nil))
        case 3, 4: crash()
        case 5: lie()
        case 6: hang()
        case 7:
            readAll()
            tell(.deadline)
        case 8: tell(.configurationRefused("nobody asked"))
        case 9:
            readAll()
            tell(.deadline, at: Instant(nanoseconds: now.nanoseconds - 5_000_000_000))
        case 10 where generator.oneIn(20): tell(.stopRequested)
        case 11 where generator.oneIn(3): releases[pool.settled] = randomRelease()
        case 12: tell(.scaleRequested(randomScaling()))
        case 13: steer()
        case 14 where pool.policy(of: pool.settled).worker.restartReset == .zero: plague()
        default: noise()
        }
    }

    private mutating func requestReload() {
        lastRequest += 1
        tell(.reloadRequested(lastRequest))
    }

    private mutating func randomScaling() -> Scaling {
        generator.oneIn(3) ? .to(generator.int(-1...9)) : .by(generator.int(-3...3))
    }

    /// Somebody holds, releases or gives up a rollout, whether there is one or not.
    private mutating func steer() {
        lastRequest += 1
        switch generator.int(0...4) {
        case 0, 1: tell(.pauseRequested(lastRequest))
        case 2, 3: tell(.resumeRequested(lastRequest))
        default: tell(.abortRequested(lastRequest))
        }
    }

    private mutating func anyProcess() -> WorkerID? {
        processes.isEmpty ? nil : generator.pick(processes.keys.sorted())
    }

    private mutating func crash() {
        guard let id = anyProcess() else { return }
        die(id, generator.pick([.exited(1), .exited(0), .signaled(.kill, coreDumped: false)]))
    }

    /// Everybody dies, and whoever comes after them dies as soon as it runs.
    private mutating func plague() {
        releases[pool.settled] = .exitsAtStart
        for id in processes.keys.sorted() { die(id, .exited(1)) }
    }

    private mutating func hang() {
        guard let id = anyProcess() else { return }
        processes[id]?.isHung = true
    }

    /// Things that a worker may say at any time, true or not.
    private mutating func lie() {
        guard let id = anyProcess() else { return }
        processes[id]?.hasLied = true
        tell(.noticed(id, randomNotice()))
    }

    /// Late or invented messages about workers that the pool can't know.
    private mutating func noise() {
        let stranger = WorkerID(slot: generator.int(0...9), incarnation: generator.next() | 1 << 40)
        switch generator.int(0...3) {
        case 0: tell(.noticed(stranger, randomNotice()))
        case 1: tell(.exited(stranger, .exited(0)))
        case 2: tell(generator.oneIn(2) ? .launched(stranger) : .memoryMeasured(stranger, .max))
        default: tell(.launchFailed(stranger, .refused("EAGAIN")))
        }
    }

    private mutating func randomNotice() -> Notice {
        generator.pick([
            .ready, .heartbeat, .stopping, .trouble, .status("busy"),
            .watchdogInterval(.seconds(1)), .watchdogInterval(.zero),
            .extendTimeout(.seconds(3)), .extendTimeout(.seconds(Int64.max)),
        ])
    }

    // MARK: Quiet

    /// With faults off the pool must reach the wanted state in bounded time.
    private mutating func calmDown() {
        guard !isEnded, faults.isEmpty else { return }
        isHostile = false
        for number in releases.keys { releases[number] = .good }
        lastRequest += 1
        tell(.resumeRequested(lastRequest))
        for id in processes.keys.sorted() {
            processes[id]?.isHung = false
            processes[id]?.hasBeaten = false
            processes[id]?.ignoresSignals = false
            agenda.add(now + .seconds(1), .notice(id, .ready))
        }
        for worker in pool.workers where worker.role == .leaver { die(worker.id, .exited(0)) }
        var budget = 20_000
        while !isSettled, !isEnded, faults.isEmpty, budget > 0 {
            if agenda.first == nil, pool.nextDeadline == nil { break }
            step()
            budget -= 1
        }
        if !isSettled, !isEnded, faults.isEmpty {
            faults.append("the pool does not settle: \(pool.statusLine)")
        }
    }

    private var isSettled: Bool {
        switch pool.phase {
        case .serving:
            pool.rollout == nil
                && pool.seats.allSatisfy { seat in
                    if case .finished = seat.pause { return true }
                    return pool.serving.contains {
                        $0.id.slot == seat.slot && $0.generation == seat.generation
                    }
                }
        case .ended: true
        case .idle, .rising, .stopping: false
        }
    }

    /// Asks once, and after some time a second time.
    private mutating func stopForGood() {
        guard faults.isEmpty else { return }
        if !isEnded { tell(.stopRequested) }
        let patience = generator.int(1...300)
        var turns = 0
        while !isEnded, faults.isEmpty, turns < 20_000 {
            if turns == patience { tell(.stopRequested) } else { step() }
            turns += 1
        }
        guard faults.isEmpty else { return }
        if !isEnded { faults.append("the pool does not end: \(pool.statusLine)") }
        if !processes.isEmpty { faults.append("\(processes.count) processes outlive the pool") }
    }

    // MARK: The conversation

    private mutating func happen(_ event: Agenda.Entry) {
        switch event {
        case .tell(let event): tell(event)
        case .exit(let id, let status):
            guard processes.removeValue(forKey: id) != nil else { return }
            tell(.exited(id, status))
        case .notice(let id, let notice):
            guard let process = processes[id], !process.isHung else { return }
            tell(.noticed(id, notice))
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

    /// Tells the pool, checks what it answers and carries that out.
    mutating func tell(_ event: Event, at time: Instant? = nil) {
        eventCount += 1
        if keepsLog { log.append((event, time ?? now)) }
        let before = pool
        witness.hear(event, at: time ?? now)
        let effects = pool.handle(event, at: time ?? now)
        for violation in pool.violations { faults.append("after \(event): \(violation)") }
        if case .deadline = event, let next = pool.nextDeadline, next <= now, time == nil {
            faults.append("after \(event): the next deadline has passed already")
        }
        if effects.count > 20 + 12 * (before.workers.count + pool.workers.count + 6) {
            faults.append("after \(event): \(effects.count) effects")
        }
        witness.see(effects, of: event, before: before, after: pool)
        for effect in effects { carryOut(effect) }
        faults += witness.faults.map { "after \(event): \($0)" }
    }

    private mutating func carryOut(_ effect: Effect) {
        switch effect {
        case .launch(let id, let number): launch(id, number)
        case .signal(let id, let signal):
            check(isKnown(id), "\(signal) for \(id), who is gone")
            obey(id, signal)
        case .kill(let id):
            check(isKnown(id), "SIGKILL for \(id), who is gone")
            die(id, .signaled(.kill, coreDumped: false))
        case .forget(let id): check(!isKnown(id), "\(id) is forgotten, but still there")
        case .measureMemory(let ids):
            for id in ids { measure(id) }
        case .readConfiguration(let number): readConfiguration(number)
        case .release(let number):
            check(
                !pool.workers.contains { $0.generation == number },
                "generation \(number) is released, but has workers")
        case .finish: check(processes.isEmpty, "the pool ends while processes are left")
        case .record(.workerUnresponsive(let id, _, .watchdog)): checkSilence(id)
        case .notify, .record, .answer: break
        }
    }

    /// A worker that sends its heartbeats is never given up, however late they are read.
    private mutating func checkSilence(_ id: WorkerID) {
        guard let process = processes[id], process.hasBeaten, !process.hasLied else { return }
        check(process.isHung || process.heartbeat == nil, "\(id) is given up, but was not silent")
    }

    private mutating func check(_ holds: Bool, _ fault: @autoclosure () -> String) {
        if !holds { faults.append(fault()) }
    }

    /// A process that is there, or whose launch has failed and has not been reported yet.
    private func isKnown(_ id: WorkerID) -> Bool {
        processes[id] != nil || agenda.isAboutToFail(id)
    }
}

extension World {
    /// The pool as it stands, for whoever looks into a failing seed.
    package func dump() -> String {
        let workers = pool.workers.map { "\($0.id) g\($0.generation) \($0.role) \($0.state)" }
        let seats = pool.seats.map { seat in
            "slot \(seat.slot) g\(seat.generation) \(seat.pause.map { "\($0)" } ?? "")"
        }
        let head = [
            "\(pool.phase) at \(now.nanoseconds): \(pool.statusLine)", "\(pool.rollout as Any)",
            "next \(pool.nextDeadline as Any)",
        ]
        return (head + seats + workers).joined(separator: "\n")
    }

    /// The end of the story, one event a line.
    package func story(last count: Int) -> String {
        log.suffix(count).map { "\($0.1.nanoseconds / 1_000_000) ms: \($0.0)" }
            .joined(separator: "\n")
    }
}
