// How a reload has ended whose verdict was not told, as the master that was asked is gone.

import PoolWire

struct ReloadWait {
    enum Verdict: Equatable {
        case underWay
        /// A later generation serves.
        case done
        case failed(String)
        /// All is as before.
        case lost
    }

    /// As the pool was before the reload was asked for.
    let before: PoolReport

    func verdict(on report: PoolReport) -> Verdict {
        if report.rollout != nil || report.state == "starting" { return .underWay }
        if let failure = report.lastFailure, failure != before.lastFailure {
            return .failed(failure)
        }
        return report.generation > before.generation ? .done : .lost
    }
}
