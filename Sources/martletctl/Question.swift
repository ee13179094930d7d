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
        let connection = try ControlConnection(to: pool, request)
        let deadline = MonotonicClock.now() + patience
        switch try connection.next(until: deadline) {
        case .news(.answer(.refused(let error))): throw Failure(pool, error)
        case .news(.answer(let answer)): return answer
        case .closed:
            throw .deserted(pool)
        case .late: throw .silent(pool)
        case .news, .signal: throw Failure(pool, .other("an answer to another request"))
        }
    }
}
