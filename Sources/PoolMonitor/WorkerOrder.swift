// In which order workers stand, and which of them are shown.
// Invariant: equals stay in the order of their slots.

import PoolWire

package enum WorkerOrder: CaseIterable, Sendable {
    case slot, cpu, memory, uptime, restarts

    var next: WorkerOrder {
        let all = Self.allCases
        let index = all.firstIndex(of: self) ?? 0
        return all[(index + 1) % all.count]
    }

    /// The agent and the lowest slots first, or whoever has most.
    func sorted(_ workers: [WorkerReport], of pool: PoolEntry) -> [WorkerReport] {
        guard self != .slot else { return workers }
        return workers.enumerated().sorted { left, right in
            let (first, second) = (amount(left.element, pool), amount(right.element, pool))
            return first == second ? left.offset < right.offset : first > second
        }.map(\.element)
    }

    private func amount(_ worker: WorkerReport, _ pool: PoolEntry) -> Double {
        switch self {
        case .slot: 0
        case .cpu: pool.share(of: worker) ?? -1
        case .memory: Double(worker.memoryBytes ?? 0)
        case .uptime: worker.uptimeSeconds ?? -1
        case .restarts: Double(worker.restarts)
        }
    }
}

extension WorkerReport {
    /// Whether what is shown of it has the text in it, in any case.
    func matches(_ filter: String) -> Bool {
        guard !filter.isEmpty else { return true }
        let name = slot < 0 ? "agent" : String(slot)
        var texts: [String] = [name, state, lastReason]
        if let pid { texts.append(String(pid)) }
        for text in [role, delay, statusText] { texts.append(text ?? "") }
        let wanted = filter.lowercased()
        return texts.contains { $0.lowercased().contains(wanted) }
    }
}
