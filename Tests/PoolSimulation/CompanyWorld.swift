// A world for a pool with its agent: processes that do well or badly as a test or a seed decides, one
// event at a time.
// Invariant: the world tells nothing that a real kernel could not, and lets a witness look at every
// answer.

import PoolCore

package struct CompanyWorld {
    package private(set) var company: Company
    package private(set) var now = Instant(nanoseconds: 0)
    package private(set) var eventCount = 0
    package private(set) var outcomes: [Outcome] = []
    package private(set) var verdicts: [RequestID: Verdict] = [:]
    /// What was wished for, until it is forgotten; empty unless it is to be kept.
    package private(set) var seen: [Effect] = []
    package private(set) var sentences: [String] = []
    /// What the next reload finds; `nil` is a file that can't be read.
    package var next: PoolPolicy?
    /// How a program of this generation fares.
    package var fate: (WorkerID, GenerationNumber) -> Fate = { _, _ in .well }
    /// Hears of each event before the pool does.
    package var journal: ((Event, Instant) -> Void)?
    /// Sees what the pool has made of it.
    package var chronicle: (([Effect], [Fault]) -> Void)?

    private(set) var witness: CompanyWitness
    private var findings = Findings()
    private(set) var agenda: [Event] = []
    private var processes: [WorkerID: Process] = [:]
    private(set) var lastGone: WorkerID?
    private var asked: Set<RequestID> = []
    private let keepsEffects: Bool

    /// How the master ends that hears of the next event.
    var doom: Fortune?
    /// Masters that have ended.
    var masters = 0
    /// Since when nobody watches.
    var watchedUntil: Instant?
    /// Who is gone, or never was, without a word to the master.
    var unattended: Set<WorkerID> = []
    /// The unit's `WatchdogSec=`.
    var watchdogInterval: Duration?

    private struct Process {
        let generation: GenerationNumber
        /// Whether it heeds nothing but SIGKILL.
        var isDeaf = false
        /// Whether it does not even send heartbeats.
        var isHung = false
        var isLeaking = false
        /// Whether its channel is closed, so that it can't be asked to leave.
        var isUnreachable = false
        let sendsHeartbeats: Bool
    }

    /// What becomes of a process.
    package enum Fate: CaseIterable, Sendable {
        /// It gets ready, and goes when it is asked to.
        case well
        /// It ends before it is ready.
        case crashes
        case isNotLaunched
        /// It never says that it is ready.
        case stalls
        /// It gets ready, and heeds nothing but SIGKILL.
        case isDeaf
        /// The kernel has no process for it.
        case isRefused
        /// It gets ready and ends.
        case flickers
        /// It gets ready, and leaves after that.
        case leavesByItself
        /// It gets ready, and is silent from then on.
        case hangs
        case leaks
    }

    package init(_ beginning: Trial.Beginning, keepsEffects: Bool = false) {
        company = Company(
            policy: beginning.policy, watchdogInterval: beginning.watchdogInterval,
            seed: beginning.seed)
        next = beginning.policy
        watchdogInterval = beginning.watchdogInterval
        witness = CompanyWitness(beginning)
        self.keepsEffects = keepsEffects
    }

    package var living: [WorkerID] { processes.keys.sorted() }
    package var livingAgents: [WorkerID] { living.filter(\.isAgent) }
    package var pending: Int { agenda.count }
    package var isOver: Bool { !outcomes.isEmpty }

    package var faults: [Fault] { witness.faults + findings.faults }
    var isFaultless: Bool { witness.faults.isEmpty && findings.faults.isEmpty }
    var checks: Int { witness.checks + findings.checks }

    /// Who asked, and was not answered.
    package var unanswered: [RequestID] { asked.subtracting(verdicts.keys).sorted() }

    // MARK: What happens

    package mutating func tell(_ event: Event, at time: Instant? = nil) {
        let time = time ?? now
        eventCount += 1
        journal?(event, time)
        if case .resumed = event {
            company = Testament.read(company, &findings)
        } else if eventCount % Testament.interval == 0 {
            _ = Testament.read(company, &findings)
        }
        let before = company
        witness.hear(event, at: time)
        let effects = company.handle(event, at: time)
        witness.see(effects, of: event, before: before, after: company)
        if keepsEffects { seen += effects }
        chronicle?(effects, faults)
        if let fortune = doom {
            doom = nil
            changeMasters(effects, fortune)
        } else {
            for effect in effects { carryOut(effect) }
        }
    }

    /// What is due comes last, as the master has it.
    mutating func tellDue() {
        if let due = company.nextDeadline, due <= now { tell(.deadline) }
    }

    /// Lets the thing at this place of those to come happen.
    package mutating func happen(_ place: Int = 0) {
        tell(agenda.remove(at: place))
        tellDue()
    }

    /// Lets the next deadline come; false if there is none.
    package mutating func wait() -> Bool {
        guard let due = company.nextDeadline else { return false }
        pass(to: max(now, due))
        tell(.deadline)
        return true
    }

    /// Time goes by; whoever sends heartbeats has sent one when it is looked at.
    package mutating func pass(to time: Instant) {
        now = max(now, time)
        for id in living where processes[id]?.sendsHeartbeats == true {
            if processes[id]?.isHung == false, isFaultless { tell(.noticed(id, .heartbeat)) }
        }
    }

    /// Until nothing is left to happen, or until it looks as wanted.
    package mutating func settle(until isWanted: (CompanyWorld) -> Bool = { _ in false }) {
        for _ in 0..<20_000 where isFaultless {
            if isWanted(self) { return }
            if agenda.isEmpty {
                if !wait() { return }
            } else {
                happen()
            }
        }
        guard isFaultless else { return }
        let line = company.statusLine
        findings.check(false, "the world does not come to rest: \(line)")
    }

    package mutating func ask(_ request: RequestID, _ event: (RequestID) -> Event) {
        asked.insert(request)
        tell(event(request))
        tellDue()
    }

    package mutating func exit(_ id: WorkerID, _ status: ExitStatus) {
        guard processes[id] != nil, !isUnlaunched(id) else { return }
        agenda.removeAll { $0.worker == id }
        tell(.exited(id, status))
        tellDue()
    }

    /// Forgets what has been seen.
    package mutating func forgetSeen() { seen = [] }

    // MARK: Trouble

    package mutating func hang(_ id: WorkerID) {
        processes[id]?.isHung = true
        processes[id]?.isDeaf = true
    }

    mutating func closeChannel(_ id: WorkerID) { processes[id]?.isUnreachable = true }
    mutating func beginLeaking(_ id: WorkerID) { processes[id]?.isLeaking = true }

    /// From here on everybody does as it should, and who was on its way out is gone.
    mutating func mend() {
        fate = { _, _ in .well }
        let pools = [company.workers, company.agent].compactMap { $0 }
        let leavers = pools.flatMap(\.workers).filter { $0.role == .leaver }.map(\.id)
        let rising = pools.flatMap(\.risingWorkers)
        for id in processes.keys.sorted() {
            processes[id]?.isHung = false
            processes[id]?.isDeaf = false
            processes[id]?.isLeaking = false
            processes[id]?.isUnreachable = false
            if leavers.contains(id) { end(id) }
            if rising.contains(id), !isDecided(id) { agenda.append(.noticed(id, .ready)) }
        }
    }

    /// Whether it will be ready, or gone, by what is to come.
    private func isDecided(_ id: WorkerID) -> Bool {
        agenda.contains { event in
            switch event {
            case .noticed(id, .ready), .exited(id, _), .launchFailed(id, _): true
            default: false
            }
        }
    }

    // MARK: What is done

    mutating func carryOut(_ effect: Effect) {
        switch effect {
        case .launch(let id, let number): launch(id, number)
        case .disconnect(let id):
            if processes[id]?.isUnreachable == true {
                agenda.append(.unreachable(id))
            } else if processes[id]?.isDeaf == false {
                end(id)
            }
        case .signal(let id, _):
            if processes[id]?.isDeaf == false { end(id) }
        case .kill(let id): end(id)
        case .relay(let id, let signal): if signal == .kill { end(id) }
        case .forget(let id):
            processes[id] = nil
            unattended.remove(id)
            lastGone = id
        case .measureMemory(let ids):
            for id in ids {
                let isLeaking = processes[id]?.isLeaking == true
                agenda.append(.memoryMeasured(id, isLeaking ? 100 << 20 : 10 << 20))
            }
        case .readConfiguration: read()
        case .answer(let requests, let verdict):
            for request in requests { verdicts[request] = verdict }
        case .finish(let outcome): outcomes.append(outcome)
        case .record(let record):
            if keepsEffects { sentences.append(record.sentence) }
        case .release, .notify: break
        }
    }

    private mutating func launch(_ id: WorkerID, _ number: GenerationNumber) {
        // The master before has launched it, and had no time to note that.
        if processes[id] != nil, !unattended.contains(id) { return }
        unattended.remove(id)
        let rules = witness.rules(for: id, number)
        let isWatched = rules?.watchdogInterval != nil
        var process = Process(generation: number, sendsHeartbeats: isWatched)
        let rise: [Event] = [.launched(id), .noticed(id, .ready)]
        switch fate(id, number) {
        case .well: agenda += rise
        case .crashes: agenda += [.launched(id), .exited(id, .exited(1))]
        case .isNotLaunched: agenda.append(.launchFailed(id, .notExecuted("no such file")))
        case .isRefused: agenda.append(.launchFailed(id, .refused("EAGAIN")))
        case .stalls: agenda.append(.launched(id))
        case .flickers: agenda += rise + [.exited(id, .exited(1))]
        case .leavesByItself:
            agenda += rise + [.noticed(id, .stopping), .exited(id, .exited(0))]
        case .isDeaf:
            agenda += rise
            process.isDeaf = true
        case .hangs:
            agenda += rise
            process.isDeaf = true
            process.isHung = true
        case .leaks:
            agenda += rise
            process.isLeaking = true
        }
        processes[id] = process
    }

    /// Whether an answer to it is on its way.
    var isReading: Bool {
        agenda.contains { event in
            switch event {
            case .configurationRead, .configurationRefused: true
            default: false
            }
        }
    }

    private func isUnlaunched(_ id: WorkerID) -> Bool {
        agenda.contains { if case .launchFailed(id, _) = $0 { true } else { false } }
    }

    private mutating func end(_ id: WorkerID) {
        guard processes[id] != nil, !isUnlaunched(id), !unattended.contains(id) else { return }
        agenda.removeAll { $0.worker == id }
        agenda.append(.exited(id, .exited(0)))
    }

    private mutating func read() {
        guard let next else { return agenda.append(.configurationRefused("it is not readable")) }
        agenda.append(.configurationRead(next))
    }

    // MARK: Between two masters

    /// Time goes by, and nobody is told.
    mutating func skip(_ duration: Duration) { now = now + duration }

    mutating func forgetRequests() {
        asked = []
        verdicts = [:]
    }

    mutating func removeFromAgenda(where isMeant: (Event) -> Bool) -> [Event] {
        defer { agenda.removeAll(where: isMeant) }
        return agenda.filter(isMeant)
    }

    /// How it will have ended, by what is to come.
    func statusToCome(of id: WorkerID) -> ExitStatus? {
        for case .exited(id, let status) in agenda { return status }
        return nil
    }

    func isReportToCome(of id: WorkerID) -> Bool {
        agenda.contains { $0.worker == id && ($0.isReport || $0.isAnswer) }
    }

    func isReachable(_ id: WorkerID) -> Bool { processes[id]?.isUnreachable != true }

    /// Whether there is a process of it.
    func isExecuted(_ id: WorkerID) -> Bool { !isUnlaunched(id) && !unattended.contains(id) }

    // MARK: What must hold in the end

    /// Whether all that is wanted is there, and of the generation that has settled.
    var isSettled: Bool {
        let workers = company.workers
        guard workers.phase == .serving, workers.rollout == nil, workers.orders.isEmpty,
            company.agent?.orders.isEmpty != false, workers.seats.allSatisfy(isManned)
        else { return false }
        guard witness.policies[workers.settled]?.agent != nil else { return company.agent == nil }
        guard let agent = company.agent else {
            return witness.withoutAgent.contains(workers.settled)
        }
        return agent.phase == .serving && agent.rollout == nil && agent.settled == workers.settled
            && agent.serving.contains { $0.generation == workers.settled }
    }

    private func isManned(_ seat: Seat) -> Bool {
        if case .finished = seat.pause { return true }
        return company.workers.serving.contains {
            $0.id.slot == seat.slot && $0.generation == seat.generation
        }
    }

    mutating func check(_ holds: Bool, _ fault: String, line: UInt = #line) {
        findings.check(holds, fault, line: line)
    }
}
