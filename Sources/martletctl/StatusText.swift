// A pool's report as people read it.
// Invariant: columns stand under each other; what a worker said can't leave its line.

import LinuxKernel
import PoolWire

struct StatusText {
    let report: PoolReport
    let hasColours: Bool

    init(_ report: PoolReport, hasColours: Bool) {
        self.report = report
        self.hasColours = hasColours
    }

    var lines: [String] {
        var lines = [head, "  \(report.status.withoutControlCharacters())"]
        if let master = report.master { lines.append("  \(sentence(on: master))") }
        if let rollout = report.rollout { lines.append("  \(sentence(on: rollout))") }
        if let failure = report.lastFailure, !report.status.contains(failure) {
            lines.append("  \(failure.withoutControlCharacters())".inColour(ifWanted(.red)))
        }
        for listener in report.listeners { lines.append("  \(sentence(on: listener))") }
        return lines + [""] + table
    }

    private var head: String {
        let name = report.pool.withoutControlCharacters().inColour(ifWanted(.bold))
        let state = report.state.withoutControlCharacters().inColour(ifWanted(stateColour))
        let origin = report.configuration.map { ", \($0.withoutControlCharacters())" } ?? ""
        let ready = min(report.ready, report.wanted)
        return "\(name): \(state), \(ready)/\(report.wanted) ready, "
            + "generation \(report.generation), master \(report.pid)\(origin)"
    }

    private var stateColour: Colour {
        switch report.state {
        case "serving": report.ready >= report.wanted ? .green : .yellow
        case "stopping", "ended": .red
        default: .yellow
        }
    }

    private func sentence(on master: MasterReport) -> String {
        let version = master.version.withoutControlCharacters()
        let place =
            master.number > 1 ? ", number \(master.number) since the pool was started" : ""
        return "master of version \(version), for \(master.secondsRunning.asDuration)\(place)"
    }

    private func sentence(on rollout: RolloutReport) -> String {
        var parts = [
            rollout.stage == "back"
                ? "going back from generation \(rollout.to) to \(rollout.from)"
                : "rolling out generation \(rollout.to) in place of \(rollout.from)"
        ]
        if rollout.stage == "reading" { parts.append("reading the configuration") }
        if rollout.paused == true { parts.append("paused") }
        parts.append("\(rollout.replaced) replaced")
        if let clearing = rollout.clearing, !clearing.isEmpty {
            parts.append("being emptied: \(slots(clearing))")
        }
        if !rollout.rising.isEmpty { parts.append("rising: \(slots(rollout.rising))") }
        if !rollout.waiting.isEmpty { parts.append("waiting: \(slots(rollout.waiting))") }
        parts.append("for \(rollout.secondsUnderWay.asDuration)")
        return parts.joined(separator: ", ")
    }

    /// `slot 2`, `slots 0, 2-17`.
    private func slots(_ slots: [Int]) -> String {
        var runs: [ClosedRange<Int>] = []
        for slot in slots.sorted() {
            // Whatever a server says: slots may come twice, and be as far apart as numbers are.
            if let last = runs.last, last.upperBound == slot || last.upperBound + 1 == slot {
                runs[runs.count - 1] = last.lowerBound...slot
            } else {
                runs.append(slot...slot)
            }
        }
        let words = runs.map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
        }
        return (slots.count == 1 ? "slot " : "slots ") + words.joined(separator: ", ")
    }

    private func sentence(on listener: ListenerReport) -> String {
        let verb = listener.kind == "datagram" ? "receives on" : "listens on"
        let place = listener.asked.map { ", for \($0)" } ?? ""
        return "\(verb) \(listener.address) (\(listener.name))\(place)"
            .withoutControlCharacters()
    }

    private func ifWanted(_ colour: Colour?) -> Colour? { hasColours ? colour : nil }
}

// MARK: The table

extension StatusText {
    private enum Column: String, CaseIterable {
        case slot = "SLOT"
        case generation = "GEN"
        case state = "STATE"
        case pid = "PID"
        case uptime = "UPTIME"
        case restarts = "RESTARTS"
        case memory = "MEMORY"
        case requests = "REQUESTS"
        case last = "LAST"

        var title: String { rawValue }
        var isNumber: Bool { self != .state && self != .last }
    }

    /// Requests are shown where somebody counts them.
    private var columns: [Column] {
        let countsRequests = rows.contains { $0.requests != nil }
        return Column.allCases.filter { countsRequests || $0 != .requests }
    }

    private var table: [String] {
        let columns = columns
        let table = TextTable(
            columns: columns.map { TextTable.Column(title: $0.title, isNumber: $0.isNumber) },
            rows: rows.map { worker in
                columns.map {
                    TextTable.Cell(cell(worker, $0), $0 == .state ? colour(of: worker) : nil)
                }
            })
        return table.lines(hasHeader: true, hasColours: hasColours).map { "  \($0)" }
    }

    private var rows: [WorkerReport] { (report.agent.map { [$0] } ?? []) + report.workers }

    /// Longer than any a master has: what a column holds is added to each line.
    private static let longestState = 40

    private func cell(_ worker: WorkerReport, _ column: Column) -> String {
        switch column {
        case .slot: worker.slot < 0 ? "agent" : "\(worker.slot)"
        case .generation: "\(worker.generation)"
        case .state: state(of: worker)
        case .pid: worker.pid.map { "\($0)" } ?? "-"
        case .uptime: worker.uptimeSeconds?.asDuration ?? "-"
        case .restarts: "\(worker.restarts)"
        case .memory: worker.memoryBytes?.asByteCount ?? "-"
        case .requests: requests(of: worker)
        case .last: last(worker)
        }
    }

    /// `17`, `17 + 3` with three under way.
    private func requests(of worker: WorkerReport) -> String {
        guard let count = worker.requests else { return "-" }
        let underWay = worker.requestsUnderWay ?? 0
        return underWay == 0 ? "\(count)" : "\(count) + \(underWay)"
    }

    /// `ready`, `starting (candidate)`, `waiting (2s)`.
    private func state(of worker: WorkerReport) -> String {
        let note: String? =
            switch worker.role {
            case "incumbent": nil
            case nil: worker.nextStartSeconds?.asDuration
            case let role: role
            }
        return (worker.state + (note.map { " (\($0))" } ?? ""))
            .withoutControlCharacters(limit: Self.longestState)
    }

    /// Why the slot is as it is, and what the worker says.
    private func last(_ worker: WorkerReport) -> String {
        let said = worker.statusText.flatMap { $0.isEmpty ? nil : "; it says: \($0)" } ?? ""
        let delay = worker.delay.map { "; \($0)" } ?? ""
        return (worker.lastReason + delay + said).withoutControlCharacters()
    }

    private func colour(of worker: WorkerReport) -> Colour? {
        switch worker.state {
        case "ready": worker.role == "incumbent" ? .green : .yellow
        case "finished", "resting", "killed": .red
        default: .yellow
        }
    }
}
