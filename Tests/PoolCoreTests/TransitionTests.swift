// The table: every state × every event, as lines of text that are compared with a file kept beside
// this one. A line that changes is a decision that changed: read it before you renew the file.

import Foundation
import PoolCore
import Testing

@Suite struct TransitionTests {
    /// Set to 1, this writes what the pool does now into the file.
    private static let renewal = "MARTLET_RENEW_TRANSITIONS"
    private static let path = #filePath.replacingOccurrences(
        of: "TransitionTests.swift", with: "transitions.txt")

    @Test func everyStateAnswersEveryEventAsTheTableSays() throws {
        let table = Self.table()
        if ProcessInfo.processInfo.environment[Self.renewal] == "1" {
            try table.map { $0 + "\n" }.joined().write(
                toFile: Self.path, atomically: true, encoding: .utf8)
        }
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
        let expected = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init).dropLast()
        let difference = table.difference(from: Array(expected)).map { change -> String in
            switch change {
            case .insert(let offset, let line, _): "+\(offset + 1) \(line)"
            case .remove(let offset, let line, _): "-\(offset + 1) \(line)"
            }
        }
        #expect(
            difference.isEmpty,
            """
            the pool does not do what transitions.txt says; read the lines, and if they are right \
            renew the file with \(Self.renewal)=1 swift test --filter TransitionTests
            \(difference.joined(separator: "\n"))
            """)
    }

    @Test func theTableKnowsEveryRoleInEveryStateItCanBeIn() {
        let found = Situation.workers.compactMap { situation -> String? in
            situation.stage.pool.workers.first { $0.id == situation.worker }
                .map { "\($0.role) \($0.state.name)" }
        }
        let possible = ["incumbent", "candidate"].flatMap { role in
            ["launching", "starting", "ready"].map { "\(role) \($0)" }
        }
        let leavers = ["disconnecting", "stopping", "ending", "killed"].map { "leaver \($0)" }
        #expect(Set(found) == Set(possible + leavers))
        #expect(found.count == Situation.workers.count)
    }

    // MARK: Printing

    private static func table() -> [String] {
        let stranger = WorkerID(slot: 0, incarnation: 1_000)
        let workers = Situation.workers.flatMap { situation in
            [""] + Strike.onWorkers.map { line(situation, $0, situation.worker ?? stranger) }
        }
        let pools = Situation.pools.flatMap { situation in
            [""] + Strike.onPools.map { line(situation, $0, stranger) }
        }
        return ["# state | event → new state | effects", "# Workers"] + workers
            + ["", "# Pools"] + pools
    }

    private static func line(_ situation: Situation, _ strike: Strike, _ id: WorkerID) -> String {
        var stage = situation.stage
        stage.skip()
        let event = strike.event(id)
        if case .deadline = event {
            guard let due = due(situation) else { return situation.name + " | deadline: none" }
            stage.stall(due - stage.now)
        }
        stage.tell(event)
        let state = situation.worker.map { stage.describe($0) } ?? stage.describePool()
        let effects = stage.unheard.filter { $0.kind != .status }.map(\.line)
        return "\(situation.name) | \(strike.name) → \(state) | "
            + (effects.isEmpty ? "nothing" : effects.joined(separator: "; "))
    }

    /// When the pool wants to be woken; of a worker, only if that is for its sake.
    private static func due(_ situation: Situation) -> Instant? {
        guard let next = situation.stage.pool.nextDeadline else { return nil }
        guard let worker = situation.worker else { return next }
        var stage = situation.stage
        let before = stage.describe(worker)
        stage.stall(next - stage.now)
        stage.tell(.deadline)
        return stage.describe(worker) == before ? nil : next
    }
}

extension Stage {
    /// A worker's role, state and time left.
    func describe(_ id: WorkerID) -> String {
        guard let worker = pool.workers.first(where: { $0.id == id }) else { return "gone" }
        let name = "\(worker.role) \(worker.state.name)"
        switch worker.state {
        case .launching(let until?), .starting(let until?), .ready(let until?),
            .disconnecting(let until?), .stopping(let until?), .ending(let until?):
            return "\(name) for \((until - now).spoken)"
        case .launching, .starting, .ready, .disconnecting, .stopping, .ending, .killed:
            return name
        }
    }

    func describePool() -> String {
        let phase =
            switch pool.phase {
            case .idle: "idle"
            case .rising: "rising"
            case .serving: "serving"
            case .stopping(let outcome): "stopping (\(outcome.rawValue))"
            case .ended(let outcome): "ended (\(outcome.rawValue))"
            }
        let rollout =
            switch pool.rollout?.stage {
            case .reading: ", reading"
            case .forward: ", forward"
            case .back: ", back"
            case nil: ""
            }
        return "\(phase)\(rollout), settled \(pool.settled), \(pool.readySlots)/\(pool.wanted)"
    }
}
