// What is under way in a pool, a line for each slot, for people who wait for its end.
// Invariant: no more lines than there is room for; those that are left out are counted.

import LinuxKernel
import PoolWire

struct WorkerLines {
    let report: PoolReport
    let hasColours: Bool

    /// - Parameter room: How many lines there may be, at least two.
    func lines(room: Int) -> [String] {
        let head = "\(report.pool): \(report.status)".withoutControlCharacters()
        let slots = slots
        let most = max(room - 1, 1)
        guard slots.count > most else { return [head] + slots.map(line) }
        // What moves is what somebody waits for; it stays in the order of slots.
        let moving = slots.filter(isMoving)
        let still = slots.filter { !isMoving($0) }
        let shown = (moving + still).prefix(max(most - 1, 0)).sorted { $0.slot < $1.slot }
        let hidden = slots.count - shown.count
        return [head] + shown.map(line) + ["  … and \(hidden) more"]
    }

    private struct Slot {
        let slot: Int
        /// Whoever holds it first, then those that come and go.
        let workers: [WorkerReport]
    }

    private var slots: [Slot] {
        let all = (report.agent.map { [$0] } ?? []) + report.workers
        let numbers = Set(all.map(\.slot)).sorted()
        return numbers.map { number in
            let ranked = all.filter { $0.slot == number }.enumerated().sorted {
                (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
            }
            return Slot(slot: number, workers: ranked.map(\.element))
        }
    }

    private func rank(_ worker: WorkerReport) -> Int {
        switch worker.role {
        case "leaver": 2
        case "candidate": 1
        default: 0
        }
    }

    private func isMoving(_ slot: Slot) -> Bool {
        slot.workers.count > 1 || slot.workers.contains { $0.state != "ready" }
            || (report.rollout != nil
                && slot.workers.contains { $0.generation != report.generation })
    }

    private func line(_ slot: Slot) -> String {
        let name = slot.slot < 0 ? "agent" : "worker \(slot.slot)"
        let words = slot.workers.map(sentence)
        return "  \(name): \(words.joined(separator: ", "))"
    }

    /// `generation 4 ready`, `generation 5 starting for 3s`.
    private func sentence(on worker: WorkerReport) -> String {
        let state = worker.state.withoutControlCharacters(limit: 40)
        let time = worker.state == "ready" ? nil : worker.uptimeSeconds?.asDuration
        let next = worker.nextStartSeconds.map { ", next start in \($0.asDuration)" } ?? ""
        return "generation \(worker.generation) "
            + state.inColour(hasColours ? colour(of: worker) : nil)
            + (time.map { " for \($0)" } ?? "") + next
    }

    private func colour(of worker: WorkerReport) -> Colour {
        switch worker.state {
        case "ready": worker.role == "incumbent" ? .green : .yellow
        case "finished", "resting", "killed": .red
        default: .yellow
        }
    }
}
