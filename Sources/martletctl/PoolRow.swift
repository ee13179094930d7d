// One pool in a list: how it is, or why it does not run.

import LinuxKernel
import PoolWire

/// What `martletctl list --json` prints of each pool; docs/json.md says what the members mean.
struct PoolRow: Codable, Equatable, Sendable {
    let pool: String
    let state: String
    let ready: Int?
    let wanted: Int?
    let generation: Int?
    let pid: Int32?
    let uptimeSeconds: Double?
    let listeners: [String]
    let configuration: String?
    let note: String?
}

/// What a row is made of.
struct PoolFindings {
    enum Configuration: Equatable {
        /// Where it listens.
        case accepted(file: String, listeners: [String])
        /// The first thing that is wrong.
        case refused(String)
        /// A pool that somebody runs without a file.
        case none
    }

    let pool: String
    let configuration: Configuration
    /// Its master's answer.
    var report: PoolReport?
    /// Why there is none.
    var failure: Failure?
    var uptimeSeconds: Double?
    /// `nil` where systemd does not run.
    var service: UnitProperties?
    var socket: UnitProperties?

    var row: PoolRow {
        PoolRow(
            pool: pool, state: state, ready: report.map { min($0.ready, $0.wanted) },
            wanted: report?.wanted, generation: report?.generation, pid: report?.pid,
            uptimeSeconds: uptimeSeconds, listeners: listeners, configuration: file, note: note)
    }

    private var file: String? {
        if case .accepted(let file, _) = configuration { return file }
        return report?.configuration
    }

    private var listeners: [String] {
        if let report { return report.listeners.map(\.address) }
        if case .accepted(_, let listeners) = configuration { return listeners }
        return []
    }

    private var isListening: Bool { socket?["ActiveState"] == "active" }

    private var state: String {
        if let report { return report.state }
        switch service?["ActiveState"] ?? "" {
        case "failed": return "failed"
        case "activating", "reloading":
            return service?["SubState"] == "auto-restart" ? "restarting" : "starting"
        case "deactivating": return "stopping"
        case "active": return "running"
        default: break
        }
        if failure?.code == .notRunning { return isListening ? "listening" : "stopped" }
        return "unknown"
    }

    private var note: String? {
        if case .refused(let problem) = configuration { return problem }
        if let report {
            return report.lastFailure ?? (report.state == "serving" ? nil : report.status)
        }
        switch state {
        case "failed", "restarting":
            let result = service?["Result"] ?? ""
            return "\(result.isEmpty ? "it failed" : result); "
                + "see: journalctl -u martlet@\(pool) -e"
        case "listening": return "the next client starts it"
        case "stopped":
            if socket?["ActiveState"] == "failed" {
                return "its socket failed; see: journalctl -u martlet@\(pool).socket -e"
            }
            return socket == nil ? nil : "systemctl start martlet@\(pool)"
        default: return failure.map { withoutName($0.sentence) }
        }
    }

    /// The name has a column of its own.
    private func withoutName(_ sentence: String) -> String {
        sentence.hasPrefix("\(pool): ") ? String(sentence.dropFirst(pool.count + 2)) : sentence
    }
}
