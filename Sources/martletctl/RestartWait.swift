// How a restart of workers has ended whose verdict was not told, as the master that was asked is gone.

import PoolWire

struct RestartWait {
    enum Verdict: Equatable {
        case underWay
        case done
        /// So many workers are still those of before, and nothing moves.
        case stalled(Int)
    }

    /// Between two workers may be a rest, which looks as if nothing went on; in nanoseconds.
    static let longestRest: Int64 = 15_000_000_000

    /// Who is to be replaced: the slots, and who held them.
    private let former: [Int: UInt64]
    private var restsSince: Int64?

    /// - Parameter slot: `nil` for all workers; -1 for the agent.
    init(of slot: Int?, before: PoolReport) {
        let holders = Self.holders(in: before).filter { worker in
            slot.map { worker.slot == $0 } ?? (worker.slot >= 0)
        }
        former = Dictionary(
            holders.compactMap { worker in worker.incarnation.map { (worker.slot, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    mutating func verdict(on report: PoolReport, at now: Int64) -> Verdict {
        let holders = Self.holders(in: report)
        // A slot that is there no more has nobody to wait for.
        let left = holders.filter { worker in
            former[worker.slot].map { worker.incarnation == $0 || worker.state != "ready" } ?? false
        }
        if left.isEmpty { return .done }
        let isMoving =
            report.rollout != nil || left.contains { $0.state != "ready" }
            || report.all.contains { $0.role == "candidate" }
        guard !isMoving else {
            restsSince = nil
            return .underWay
        }
        let since = restsSince ?? now
        restsSince = since
        return now - since < Self.longestRest ? .underWay : .stalled(left.count)
    }

    /// One for each slot; those that rise or leave are no holders.
    private static func holders(in report: PoolReport) -> [WorkerReport] {
        report.all.filter { $0.role == "incumbent" || $0.role == nil }
    }
}

extension PoolReport {
    fileprivate var all: [WorkerReport] { (agent.map { [$0] } ?? []) + workers }
}
