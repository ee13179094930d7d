import PoolCore
import Testing

@testable import PoolMaster

@Suite("The tally")
struct TallyTests {
    private var tally = Tally()

    private static let first = WorkerID(slot: 0, incarnation: 1)
    private static let second = WorkerID(slot: 0, incarnation: 2)
    private static let killed = PoolCore.ExitStatus.signaled(.kill, coreDumped: false)
    private static let epoch = Instant(nanoseconds: 5)

    private mutating func count(_ records: Record...) {
        for record in records { tally.count(record, at: Self.epoch) }
    }

    /// Those that were counted, with how often.
    private var exits: [String: UInt64] {
        let counted = Tally.ExitCause.allCases.filter { tally.exits[$0] > 0 }
        return Dictionary(uniqueKeysWithValues: counted.map { ($0.rawValue, tally.exits[$0]) })
    }

    @Test("counts starts by their reason")
    mutating func starts() {
        let end = End.exited(.exited(1))
        count(
            .workerStarted(Self.first, 1, .poolStart),
            .workerStarted(Self.second, 1, .replacement(of: end, ends: 3)),
            .workerStarted(Self.second, 1, .replacement(of: end, ends: 4)),
            .workerStarted(Self.second, 2, .rollout),
            .agent(.workerStarted(Self.second, 2, .rollback)))
        let causes: [Tally.StartCause] = [.poolStart, .restart, .rollout, .rollback, .memory]
        #expect(causes.map { tally.starts[$0] } == [1, 2, 1, 1, 0])
    }

    @Test(
        "counts an end that nobody asked for by how it was",
        arguments: [
            (PoolCore.ExitStatus.exited(0), "success"), (.exited(3), "failure"),
            (.signaled(.kill, coreDumped: false), "signal"),
            (.signaled(.abort, coreDumped: true), "core_dump"), (.unknown, "unknown"),
        ])
    mutating func ends(_ status: PoolCore.ExitStatus, _ reason: String) {
        count(.workerExited(Self.first, 1, status))
        #expect(exits == [reason: 1])
        count(.workerNeverReady(Self.second, 1, .exited(status)))
        #expect(exits == [reason: 2])
    }

    @Test("counts a worker that is given up once, when it is gone, and by why")
    mutating func givenUp() {
        count(.workerUnresponsive(Self.first, 1, .watchdog(.seconds(1))))
        #expect(exits.isEmpty)
        count(.workerKilled(Self.first, 1, .kill, .outOfTime(.seconds(1))))
        count(.workerGone(Self.first, 1, Self.killed))
        #expect(exits == ["watchdog": 1])
        count(.workerNeverReady(Self.first, 1, .startTimeout(.seconds(1))))
        count(.workerGone(Self.first, 1, Self.killed))
        count(.workerNeverReady(Self.second, 1, .notLaunched(.notExecuted("no"))))
        #expect(exits == ["watchdog": 1, "start_timeout": 1, "not_started": 1])
        // What was known of it has gone with it.
        count(.workerExited(Self.first, 1, .exited(0)))
        #expect(exits["success"] == 1)
    }

    @Test("counts a worker that was asked to go by what it was asked for")
    mutating func retired() {
        count(
            .workerRetired(Self.first, 1, .replaced), .workerGone(Self.first, 1, .exited(0)),
            .workerRetired(Self.first, 1, .fewerWorkers), .workerGone(Self.first, 1, .exited(0)),
            .workerRetired(Self.first, 1, .poolStopping),
            .workerKilled(Self.first, 1, .terminate, .outOfTime(.seconds(1))),
            .workerGone(Self.first, 1, .exited(0)),
            .workerRetired(Self.first, 1, .replaced),
            .workerKilled(Self.first, 1, .kill, .outOfTime(.seconds(1))),
            .workerGone(Self.first, 1, Self.killed))
        #expect(exits == ["replaced": 1, "scale": 1, "stop": 1, "killed": 1])
    }

    @Test("knows why a worker was to be replaced, until the slot has another reason")
    mutating func outgrown() {
        count(
            .workerStarted(Self.second, 1, .memory(2, limit: 1)),
            .workerRetired(Self.first, 1, .replaced), .workerGone(Self.first, 1, .exited(0)))
        #expect(exits == ["memory": 1])
        count(
            .workerStarted(Self.first, 1, .lifetime(.seconds(1))),
            .workerRetired(Self.second, 1, .replaced), .workerGone(Self.second, 1, .exited(0)))
        #expect(exits == ["memory": 1, "lifetime": 1])
        count(
            .workerStarted(Self.second, 1, .asked), .workerRetired(Self.first, 1, .replaced),
            .workerGone(Self.first, 1, .exited(0)))
        #expect(exits == ["memory": 1, "lifetime": 1, "asked": 1])
        count(
            .workerStarted(Self.second, 2, .rollout), .workerRetired(Self.first, 1, .replaced),
            .workerGone(Self.first, 1, .exited(0)))
        #expect(exits["replaced"] == 1)
    }

    @Test("counts rollouts by their result, with the time they took")
    mutating func rollouts() throws {
        tally.count(.rolloutStarted(2, from: 1), at: Instant(nanoseconds: 0))
        tally.count(.rolloutFinished(2, workers: 1, after: .milliseconds(1_500)), at: Self.epoch)
        tally.count(.rolloutStarted(3, from: 2), at: Instant(nanoseconds: 0))
        tally.count(.rolloutFailed(3, "why"), at: Instant(nanoseconds: 31_000_000_000))
        tally.count(.rolloutStarted(4, from: 2), at: Instant(nanoseconds: 0))
        tally.count(.rolloutFailed(4, Rollout.aborted), at: Instant(nanoseconds: 1_000_000_000))
        tally.count(.configurationRefused("why"), at: Self.epoch)
        tally.count(.reloadRefused("why"), at: Self.epoch)
        let results = Tally.RolloutResult.allCases
        #expect(results.map { tally.rollouts[$0] } == [1, 1, 1, 2])
        let completed = try #require(tally.rolloutDurations[.completed])
        #expect(completed.seconds == 1.5)
        #expect(completed.counts.first == 0)
        #expect(completed.counts.dropFirst().allSatisfy { $0 == 1 })
        let failed = try #require(tally.rolloutDurations[.rolledBack])
        #expect(failed.counts == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
        #expect(tally.rolloutDurations[.aborted]?.counts.first == 1)
        #expect(tally.rolloutDurations[.refused] == nil)
    }

    @Test("counts connections by slot, and none of who has no slot")
    mutating func connections() {
        tally.countConnection(to: 2)
        tally.countConnection(to: .ofAgent)
        tally.countConnection(to: 2)
        #expect(tally.connections == [0, 0, 2])
    }
}
