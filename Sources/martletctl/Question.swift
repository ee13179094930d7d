// A question to a master, and its one answer.

import LinuxKernel
import PoolWire

extension ControlConnection {
    /// Asks what the master can tell at once.
    ///
    /// - Parameter patience: How long it may take for that, in nanoseconds.
    /// - Throws: `notRunning`, `noPermission`, `unavailable`, `system`.
    static func ask(
        _ pool: String, _ request: ControlRequest, patience: Int64 = patience
    ) throws(Failure) -> ControlAnswer {
        let deadline = MonotonicClock.now() + patience
        return try ControlConnection(to: pool, request).onlyAnswer(until: deadline)
    }

    /// Asks several masters at the same time: one that is silent costs the others nothing, and all
    /// together may take as long as one alone.
    static func ask(
        each pools: [String], _ request: ControlRequest
    ) -> [(pool: String, answer: Result<ControlAnswer, Failure>)] {
        stride(from: 0, to: pools.count, by: mostAtOnce).flatMap { start in
            ask(together: pools[start..<min(start + mostAtOnce, pools.count)], request)
        }
    }

    /// Each takes a few descriptors.
    private static let mostAtOnce = 64

    private static func ask(
        together pools: ArraySlice<String>, _ request: ControlRequest
    ) -> [(pool: String, answer: Result<ControlAnswer, Failure>)] {
        let deadline = MonotonicClock.now() + patience
        let begun = pools.map { pool in
            Result { () throws(Failure) in
                let left = max(1_000_000, deadline - MonotonicClock.now())
                return try ControlConnection(to: pool, request, patience: left)
            }
        }
        return zip(pools, begun).map { pool, begun in
            let answer = Result { () throws(Failure) in
                try begun.get().onlyAnswer(until: deadline)
            }
            return (pool, answer)
        }
    }

    private func onlyAnswer(until deadline: Int64) throws(Failure) -> ControlAnswer {
        switch try next(until: deadline) {
        case .news(.answer(.refused(let error))): throw Failure(pool, error)
        case .news(.answer(let answer)): return answer
        case .closed:
            throw .deserted(pool)
        case .late: throw .silent(pool)
        case .news, .signal: throw .strayAnswer(pool)
        }
    }
}
