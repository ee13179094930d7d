// The columns of the table of workers, and which of them there is room for.
// Invariant: slot and state are always there; the last column takes what is left.

import PoolWire

enum WorkerColumn: String, CaseIterable {
    case slot = "SLOT"
    case state = "STATE"
    case generation = "GEN"
    case pid = "PID"
    case uptime = "UPTIME"
    case cpu = "CPU%"
    case memory = "MEMORY"
    case requests = "REQUESTS"
    case connections = "CONN"
    case heartbeat = "BEAT"
    case restarts = "RESTARTS"
    case last = "LAST"

    /// Below that, the last column says nothing.
    static let narrowestLast = 12

    var title: String { rawValue }
    var isNumber: Bool { self != .state && self != .last }

    /// The first to go where it is narrow.
    private static let dispensable: [WorkerColumn] = [
        .last, .requests, .connections, .heartbeat, .generation, .restarts, .uptime, .pid,
        .memory, .cpu,
    ]

    /// What somebody knows of these workers.
    static func known(of workers: [WorkerReport]) -> [WorkerColumn] {
        allCases.filter { column in
            switch column {
            case .requests: workers.contains { $0.requests != nil }
            case .connections: workers.contains { $0.connections != nil }
            case .heartbeat: workers.contains { $0.heartbeatSeconds != nil }
            default: true
            }
        }
    }

    /// - Parameter widths: By column, with that of its title.
    static func fitting(
        _ columns: [WorkerColumn], _ widths: [WorkerColumn: Int], into room: Int
    ) -> [WorkerColumn] {
        var columns = columns
        for column in dispensable {
            if width(of: columns, widths, gap: 1) <= room { break }
            columns.removeAll { $0 == column }
        }
        return columns
    }

    /// What they take at least.
    static func width(
        of columns: [WorkerColumn], _ widths: [WorkerColumn: Int], gap: Int
    ) -> Int {
        columns.reduce(-gap) { sum, column in
            sum + gap + (column == .last ? narrowestLast : widths[column] ?? 0)
        }
    }
}

extension WorkerColumn {
    func text(_ worker: WorkerReport, in pool: PoolEntry) -> String {
        switch self {
        case .slot: worker.slot < 0 ? "agent" : "\(worker.slot)"
        case .state: Self.state(of: worker)
        case .generation: "\(worker.generation)"
        case .pid: worker.pid.map { "\($0)" } ?? "-"
        case .uptime: worker.uptimeSeconds.map { $0.rounded(.down).asDuration } ?? "-"
        case .cpu: pool.share(of: worker).map(Self.percent) ?? "-"
        case .memory: worker.memoryBytes?.asByteCount ?? "-"
        case .requests: Self.requests(of: worker)
        case .connections: worker.connections.map { "\($0)" } ?? "-"
        case .heartbeat: worker.heartbeatSeconds?.asDuration ?? "-"
        case .restarts: "\(worker.restarts)"
        case .last: worker.lastReason
        }
    }

    /// `ready`, `starting (candidate)`, `waiting (2s)`.
    private static func state(of worker: WorkerReport) -> String {
        switch worker.role {
        case "incumbent": worker.state
        case nil:
            worker.state + (worker.nextStartSeconds.map { " (\($0.asDuration))" } ?? "")
        case let role?: "\(worker.state) (\(role))"
        }
    }

    private static func requests(of worker: WorkerReport) -> String {
        guard let count = worker.requests else { return "-" }
        let underWay = worker.requestsUnderWay ?? 0
        return underWay == 0 ? "\(count)" : "\(count)+\(underWay)"
    }

    private static func percent(_ share: Double) -> String {
        guard share < 1e6 else { return "-" }
        let tenths = Int((share * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
