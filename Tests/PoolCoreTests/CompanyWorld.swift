// A world for a pool with its agent: processes that do well or badly as a test or a seed decides, one
// event at a time.
// Invariant: after every event both machines are consistent, and the promises of the two together
// are kept; what is not is in `faults`.

import PoolCore
import PoolSimulation

struct CompanyWorld {
    private(set) var company: Company
    private(set) var now = Instant(nanoseconds: 0)
    private(set) var faults: [String] = []
    private(set) var outcomes: [Outcome] = []
    private(set) var verdicts: [RequestID: Verdict] = [:]
    /// Deeds, words to the service manager and verdicts, as short lines.
    private(set) var lines: [String] = []
    private(set) var sentences: [String] = []
    /// What the next reload finds; `nil` is a file that can't be read.
    var next: PoolPolicy?
    /// How a program of this generation fares.
    var fate: (WorkerID, GenerationNumber) -> Fate = { _, _ in .well }

    private var agenda: [Event] = []
    private var processes: [WorkerID: GenerationNumber] = [:]
    private var deaf: Set<WorkerID> = []
    private var known: Set<GenerationNumber> = [1]
    private var asked: Set<RequestID> = []
    private var hasAgent: [GenerationNumber: Bool] = [:]
    private var readyAgents: Set<GenerationNumber> = []

    /// What becomes of a process.
    enum Fate: CaseIterable {
        /// It gets ready, and goes when it is asked to.
        case well
        /// It ends before it is ready.
        case crashes
        case isNotLaunched
        /// It never says that it is ready.
        case stalls
        /// It gets ready, and heeds nothing but SIGKILL.
        case isDeaf
    }

    init(_ policy: PoolPolicy, seed: UInt64 = 0) {
        company = Company(policy: policy, watchdogInterval: nil, seed: seed)
        next = policy
        hasAgent[1] = policy.agent != nil
    }

    var living: [WorkerID] { processes.keys.sorted() }
    var livingAgents: [WorkerID] { living.filter(\.isAgent) }
    var pending: Int { agenda.count }

    private var isAgentLeaving: Bool {
        if case .stopping? = company.agent?.phase { true } else { false }
    }

    // MARK: What happens

    mutating func tell(_ event: Event) {
        if case .noticed(let id, .ready) = event, id.isAgent, let number = processes[id] {
            readyAgents.insert(number)
        }
        let wasLeaving = isAgentLeaving
        let effects = company.handle(event, at: now)
        for effect in effects { carryOut(effect) }
        check(after: event)
        if isAgentLeaving, !wasLeaving, case .stopping = company.workers.phase {
            faults.append("the agent goes before the workers")
        }
    }

    /// What is due comes last, as the master has it.
    private mutating func tellDue() {
        if let due = company.nextDeadline, due <= now { tell(.deadline) }
    }

    /// Lets the thing at this place of those to come happen.
    mutating func happen(_ place: Int = 0) {
        tell(agenda.remove(at: place))
        tellDue()
    }

    /// Lets the next deadline come; false if there is none.
    mutating func wait() -> Bool {
        guard let due = company.nextDeadline else { return false }
        now = max(now, due)
        tell(.deadline)
        if let again = company.nextDeadline, again <= now {
            faults.append("a deadline has passed: \(company.statusLine)")
        }
        return true
    }

    /// Until nothing is left to happen, or until it looks as wanted.
    mutating func settle(until isWanted: (CompanyWorld) -> Bool = { _ in false }) {
        for _ in 0..<20_000 {
            if isWanted(self) { return }
            if agenda.isEmpty {
                if !wait() { return }
            } else {
                happen()
            }
        }
        faults.append("the world does not come to rest: \(company.statusLine)")
    }

    mutating func ask(_ request: RequestID, _ event: (RequestID) -> Event) {
        asked.insert(request)
        tell(event(request))
        tellDue()
    }

    mutating func exit(_ id: WorkerID, _ status: ExitStatus) {
        guard processes[id] != nil else { return }
        agenda.removeAll { $0.worker == id }
        tell(.exited(id, status))
        tellDue()
    }

    /// Everything that was told since the last time.
    mutating func heard() -> [String] {
        defer { lines = [] }
        return lines
    }

    // MARK: What is done

    private mutating func carryOut(_ effect: Effect) {
        switch effect {
        case .launch(let id, let number): launch(id, number)
        case .disconnect(let id), .signal(let id, _):
            if !deaf.contains(id) { end(id) }
        case .kill(let id): end(id)
        case .forget(let id): processes[id] = nil
        case .readConfiguration(let number): read(number)
        case .release(let number):
            if known.remove(number) == nil { faults.append("gen \(number) is released twice") }
        case .answer(let requests, let verdict):
            for request in requests {
                if verdicts[request] != nil { faults.append("\(request) is answered twice") }
                verdicts[request] = verdict
            }
        case .finish(let outcome): outcomes.append(outcome)
        case .record(let record): sentences.append(record.sentence)
        case .measureMemory, .notify: break
        }
        note(effect)
    }

    private mutating func note(_ effect: Effect) {
        guard Set<Effect.Kind>.acts.contains(effect.kind) else { return }
        let id: WorkerID? =
            switch effect {
            case .launch(let id, _), .disconnect(let id), .signal(let id, _), .kill(let id),
                .forget(let id):
                id
            default: nil
            }
        let name = id.map { $0.isAgent ? "agent" : "\($0.slot)" } ?? ""
        lines.append(id.map { effect.line.replacing("\($0)", with: name) } ?? effect.line)
    }

    private mutating func launch(_ id: WorkerID, _ number: GenerationNumber) {
        if processes[id] != nil { faults.append("\(id) is launched twice") }
        if !known.contains(number) { faults.append("\(id) is of gen \(number), which is released") }
        if id.isAgent, !livingAgents.isEmpty { faults.append("there are two agents") }
        if !id.isAgent, hasAgent[number] == true, !readyAgents.contains(number) {
            faults.append("\(id) of gen \(number) comes before its agent")
        }
        processes[id] = number
        switch fate(id, number) {
        case .well: agenda += [.launched(id), .noticed(id, .ready)]
        case .crashes: agenda += [.launched(id), .exited(id, .exited(1))]
        case .isNotLaunched: agenda.append(.launchFailed(id, .notExecuted("no such file")))
        case .stalls: agenda.append(.launched(id))
        case .isDeaf:
            agenda += [.launched(id), .noticed(id, .ready)]
            deaf.insert(id)
        }
    }

    private mutating func end(_ id: WorkerID) {
        let isUnlaunched = agenda.contains {
            if case .launchFailed(id, _) = $0 { true } else { false }
        }
        guard processes[id] != nil, !isUnlaunched else { return }
        agenda.removeAll { $0.worker == id }
        agenda.append(.exited(id, .exited(0)))
    }

    private mutating func read(_ number: GenerationNumber) {
        guard let next else { return agenda.append(.configurationRefused("it is not readable")) }
        known.insert(number)
        hasAgent[number] = next.agent != nil
        agenda.append(.configurationRead(next))
    }

    // MARK: What must hold

    private mutating func check(after event: Event) {
        for fault in company.violations { faults.append("after \(event): \(fault)") }
        if !outcomes.isEmpty, !processes.isEmpty { faults.append("it ends with \(living) left") }
        if outcomes.count > 1 { faults.append("it ends twice") }
        if company.agent != nil, !outcomes.isEmpty { faults.append("the agent outlives the pool") }
    }

    /// Who asked, and was not answered although the pool has come to rest.
    var unanswered: [RequestID] { asked.subtracting(verdicts.keys).sorted() }
}
