// A pool as the monitor knows it: its last report, and whether it answers still.
// Invariant: a share of a processor is between two reports of one and the same process.

import PoolWire

package struct PoolEntry: Sendable {
    package enum Standing: Hashable, Sendable {
        /// Nothing came yet.
        case asked
        case answering
        /// It was asked so many seconds ago and says nothing.
        case silent(seconds: Int)
        /// Nobody is there, or nobody who would talk to us: a sentence.
        case away(String)
    }

    package let name: String
    package var standing = Standing.asked
    package private(set) var report: PoolReport?
    /// Percent of one processor, by incarnation.
    private var shares: [UInt64: Double] = [:]
    private var measured: [UInt64: Measurement] = [:]

    private struct Measurement {
        let time: Int64
        let seconds: Double
        let pid: Int32?
    }

    init(_ name: String) {
        self.name = name
    }

    /// - Parameter now: Nanoseconds of a clock that is never set back.
    mutating func take(_ report: PoolReport, at now: Int64) {
        standing = .answering
        self.report = report
        let before = measured
        measured = [:]
        shares = [:]
        for worker in report.everybody {
            guard let incarnation = worker.incarnation, let seconds = worker.cpuSeconds else {
                continue
            }
            measured[incarnation] = Measurement(time: now, seconds: seconds, pid: worker.pid)
            guard let last = before[incarnation], last.pid == worker.pid else { continue }
            let passed = Double(now - last.time) / 1e9
            guard passed > 0 else { continue }
            shares[incarnation] = max(0, (seconds - last.seconds) / passed * 100)
        }
    }

    /// Percent of one processor that a worker has used lately; `nil` if that is not known yet.
    func share(of worker: WorkerReport) -> Double? {
        worker.incarnation.flatMap { shares[$0] }
    }
}

extension PoolReport {
    /// The agent first.
    var everybody: [WorkerReport] { (agent.map { [$0] } ?? []) + workers }

    func worker(_ key: WorkerKey) -> WorkerReport? { everybody.first { $0.key == key } }
}

/// What tells a row of the table from all others.
package struct WorkerKey: Hashable, Sendable {
    package let slot: Int
    /// `nil` for a slot without a worker.
    package let incarnation: UInt64?
}

extension WorkerReport {
    var key: WorkerKey { WorkerKey(slot: slot, incarnation: incarnation) }

    var title: String { slot < 0 ? "the agent" : "worker \(slot)" }
}
