// A world in which everything goes well, one event at a time, so that a test can strike between any
// two of them.
// Invariant: a value; a copy of it is another world with the same past.

import PoolCore

struct GoodWorld {
    private(set) var pool: Pool
    private(set) var now = Instant(nanoseconds: 0)
    /// Each verdict, with who was given it.
    private(set) var verdicts: [RequestID: Verdict] = [:]
    private(set) var faults: [String] = []
    private(set) var hasFinished = false
    private(set) var launches = 0
    /// What every reload finds.
    private let next: PoolPolicy
    private var agenda: [Event] = []
    private var processes: Set<WorkerID> = []

    init(_ policy: PoolPolicy, next: PoolPolicy) {
        pool = Pool(policy: policy, watchdogInterval: .seconds(20))
        self.next = next
        tell(.start)
    }

    var living: [WorkerID] { processes.sorted() }

    /// Lets the next thing happen, or the next deadline come. False when nothing is left to happen
    /// but heartbeats.
    mutating func step() -> Bool {
        if !agenda.isEmpty {
            tell(agenda.removeFirst())
            return true
        }
        guard !isQuiet, let deadline = pool.nextDeadline else { return false }
        now = max(now, deadline)
        tell(.deadline)
        return true
    }

    /// Until nothing is left to happen, within bounds.
    mutating func settle() {
        for _ in 0..<10_000 where !step() { return }
        faults.append("the world does not come to rest: \(pool.statusLine)")
    }

    private var isQuiet: Bool {
        switch pool.phase {
        case .serving:
            pool.rollout == nil && processes.count == pool.policy(of: pool.settled).slots
                && pool.serving.count == processes.count
                && pool.serving.allSatisfy { $0.generation == pool.settled }
        case .ended: true
        case .idle, .rising, .stopping: false
        }
    }

    mutating func kill(_ id: WorkerID) {
        guard processes.remove(id) != nil else { return }
        agenda.removeAll { $0.worker == id }
        tell(.exited(id, .signaled(.kill, coreDumped: false)))
    }

    /// The master dies, with it what it had not told the pool, and another one comes after this time.
    mutating func changeMasters(after gap: Duration) {
        now = now + gap
        agenda.removeAll { event in
            switch event {
            case .launched, .configurationRead: true
            default: false
            }
        }
        for id in pool.risingWorkers { tell(.launched(id)) }
        let resumption = Resumption(cause: .death, gap: gap, workers: processes.count)
        tell(.resumed(resumption, watchdogInterval: .seconds(20)))
    }

    mutating func tell(_ event: Event) {
        let effects = pool.handle(event, at: now)
        faults += pool.violations.map { "after \(event): \($0)" }
        for effect in effects { carryOut(effect) }
    }

    private mutating func carryOut(_ effect: Effect) {
        switch effect {
        case .launch(let id, _):
            launches += 1
            processes.insert(id)
            agenda += [.launched(id), .noticed(id, .ready)]
        case .disconnect(let id), .signal(let id, _), .kill(let id):
            if processes.remove(id) == nil { break }
            agenda.removeAll { $0.worker == id }
            processes.insert(id)
            agenda.append(.exited(id, .exited(0)))
        case .forget(let id): processes.remove(id)
        case .readConfiguration: agenda.append(.configurationRead(next))
        case .answer(let requests, let verdict):
            for request in requests {
                if verdicts[request] != nil { faults.append("\(request) is answered twice") }
                verdicts[request] = verdict
            }
        case .finish: hasFinished = true
        case .relay, .measureMemory, .release, .notify, .record: break
        }
    }
}
