// A pool with a witness beside it: whatever the pool is told, everything that can be checked
// without knowing the world is checked at once.
// Invariant: what it finds depends on the beginning and on what it was told, and on nothing else.

import PoolCore

package struct Trial {
    package let beginning: Beginning
    package private(set) var pool: Pool
    package private(set) var faults: [Fault] = []
    package private(set) var tally = Tally()

    private var witness: Witness
    private var findings = Findings()
    private var told = 0
    private var clock = Instant(nanoseconds: .min)

    /// What makes a pool.
    package struct Beginning: Codable, Sendable {
        package var policy: PoolPolicy
        package var watchdogInterval: Duration?
        package var seed: UInt64

        package init(policy: PoolPolicy, watchdogInterval: Duration?, seed: UInt64 = 0) {
            self.policy = policy
            self.watchdogInterval = watchdogInterval
            self.seed = seed
        }

        package var pool: Pool {
            Pool(policy: policy, watchdogInterval: watchdogInterval, seed: seed)
        }
    }

    package init(_ beginning: Beginning) {
        self.beginning = beginning
        pool = beginning.pool
        witness = Witness(watchdogInterval: beginning.watchdogInterval)
    }

    /// Tells the pool, and checks what it answers.
    package mutating func tell(_ event: Event, at time: Instant) -> [Effect] {
        told += 1
        if case .resumed = event {
            pool = Testament.read(pool, &findings)
        } else if told % Testament.interval == 0 {
            _ = Testament.read(pool, &findings)
        }
        let before = pool
        clock = max(clock, time)
        witness.hear(event, at: time)
        let effects = pool.handle(event, at: time)
        tally.add(event, effects, pool)
        witness.see(effects, of: event, before: before, after: pool)
        tally.checks = witness.checks + findings.checks
        let found = witness.takeFaults() + findings.takeFaults()
        if !found.isEmpty { faults += found.map { $0.after("\(event.sentence)") } }
        return effects
    }
}

extension Trial {
    /// The pool as it stands, for whoever looks into a failing story.
    package func dump(at now: Instant) -> String {
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
}
