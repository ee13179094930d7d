// Pools as masters would report them, and screens to compare with.

import Foundation
import LinuxKernel
import PoolWire
import Testing

@testable import PoolMonitor

let typeface: Typeface = {
    #expect(Typeface.takeUnicode(), "needs the locale C.UTF-8, which glibc has")
    return Typeface(isUnicode: true)
}()

enum Stage {
    static let second: Int64 = 1_000_000_000

    static func worker(
        _ slot: Int, generation: Int = 3, state: String = "ready", role: String? = "incumbent",
        incarnation: UInt64? = nil, restarts: Int = 0, cpu: Double? = nil,
        memory: UInt64 = 48 << 20, uptime: Double = 3_720, reason: String = "ready",
        said: String? = nil, requests: UInt64? = nil, heartbeat: Double? = nil
    ) -> WorkerReport {
        let number = incarnation ?? UInt64(slot + 10)
        let lives = role != nil
        return WorkerReport(
            slot: slot, incarnation: lives ? number : nil, generation: generation, state: state,
            role: role, pid: lives ? Int32(1_000 + Int(number)) : nil,
            uptimeSeconds: lives ? uptime : nil, nextStartSeconds: lives ? nil : 2.5,
            restarts: restarts, lastReason: reason, statusText: said,
            memoryBytes: lives ? memory : nil, requests: requests, requestsUnderWay: 1,
            cpuSeconds: cpu, heartbeatSeconds: heartbeat)
    }

    static func report(
        _ pool: String = "web", state: String = "serving", wanted: Int = 4, ready: Int? = nil,
        failure: String? = nil, rollout: RolloutReport? = nil, agent: WorkerReport? = nil,
        workers: [WorkerReport]
    ) -> PoolReport {
        PoolReport(
            pool: pool, state: state, pid: 812, generation: 3, wanted: wanted,
            ready: ready ?? wanted, status: "gen 3: \(ready ?? wanted)/\(wanted) ready",
            lastFailure: failure, rollout: rollout, agent: agent, workers: workers, listeners: [])
    }

    /// A board that has had these reports, each a second after the one before.
    static func board(_ reports: PoolReport..., more pools: [String] = []) -> Board {
        var board = Board()
        board.clock = "12:34:56"
        var names: [String] = []
        for report in reports where !names.contains(report.pool) { names.append(report.pool) }
        board.setPools(names + pools)
        for (index, report) in reports.enumerated() {
            board.take(report, of: report.pool, at: Int64(index + 1) * second)
        }
        return board
    }

    /// Four workers and an agent that have worked for a second.
    static var busy: Board {
        func busyWorker(_ slot: Int, _ second: Double) -> WorkerReport {
            let isOdd = slot == 2
            let used: Double = second * Double(slot) * 0.21
            return worker(
                slot, restarts: slot, cpu: used, memory: UInt64(40 + slot * 3) << 20,
                reason: isOdd ? "exited with status 1" : "ready", said: isOdd ? "12 open" : nil,
                requests: UInt64(slot * 100), heartbeat: slot == 0 ? nil : 0.4)
        }
        func report(_ second: Double) -> PoolReport {
            let agent = worker(-1, cpu: second * 0.001, reason: "started")
            return Stage.report(
                agent: agent, workers: (0..<4).map { busyWorker($0, second) })
        }
        var board = board(report(1), report(2))
        board.journal.append([
            "Nov 21 12:34:55 web/0[1010]: GET /", "Nov 21 12:34:56 web/0[1010]: GET /x",
        ])
        return board
    }
}

extension Board {
    mutating func type(_ text: String) -> [Board.Wish] {
        text.compactMap { press(.character($0)) }
    }

    func screen(_ columns: Int, _ rows: Int, _ typeface: Typeface = typeface) -> [String] {
        Layout.frame(self, TerminalSize(lines: rows, columns: columns), typeface).text
    }
}

/// Compares with the file of that name; with MARTLET_WRITE_SCREENS set, writes it instead.
func expectScreen(_ name: String, _ lines: [String]) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let file = folder.appendingPathComponent("Screens/\(name).txt")
    let text = lines.joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["MARTLET_WRITE_SCREENS"] != nil {
        try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let wanted = try String(contentsOf: file, encoding: .utf8)
    #expect(text == wanted, "\(name): see it with MARTLET_WRITE_SCREENS=1 and git diff")
}
