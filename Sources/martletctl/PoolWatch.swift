// What is under way in a pool, looked at until it has ended, whichever master is at it.

import Glibc
import LinuxKernel
import PoolWire

struct PoolWatch {
    let pool: String
    private let next: NextMaster

    init(_ pool: String) {
        self.pool = pool
        next = NextMaster(of: pool)
    }

    /// Whatever happens in the pool is a reason to look; in between it is looked at now and then.
    ///
    /// - Returns: The report that was the last to be looked at.
    func watch(
        on console: inout Console, until isOver: (PoolReport) throws(Failure) -> Bool
    ) throws(Failure) -> PoolReport {
        do throws(Failure) {
            let report = try look(on: &console, until: isOver)
            console.draw([])
            return report
        } catch {
            console.draw([])
            throw error
        }
    }

    private func look(
        on console: inout Console, until isOver: (PoolReport) throws(Failure) -> Bool
    ) throws(Failure) -> PoolReport {
        var connection: ControlConnection?
        var said = ""
        while true {
            let present: ControlConnection
            if let connection {
                present = connection
            } else {
                present = try next.connect(.subscribe, heeding: [SIGINT, SIGTERM])
                connection = present
            }
            let report = try next.report()
            if try isOver(report) { return report }
            if console.canRedraw {
                console.drawProgress(report)
            } else if report.status != said {
                said = report.status
                console.say("\(pool): \(said.withoutControlCharacters())")
            }
            guard try !isThere(present) else { continue }
            if report.isLeaving { throw Failure(.unavailable, "\(pool): the master has ended") }
            // Let go before there is another one: both hold the same signals back.
            connection = nil
        }
    }

    /// - Returns: Whether the master is still the same, once something has happened.
    private func isThere(_ connection: ControlConnection) throws(Failure) -> Bool {
        switch try connection.next(until: MonotonicClock.now() + Progress.interval) {
        case .late, .news(.event): return true
        case .signal(let number):
            throw Failure(
                number == SIGINT ? .interrupted : .terminated,
                "\(pool): it goes on without anybody waiting for it; "
                    + "see: martletctl status \(pool)")
        case .closed: return false
        case .news(.answer(.refused(let error))): throw Failure(pool, error)
        case .news: throw .strayAnswer(pool)
        }
    }
}

extension PoolReport {
    /// Nobody comes after this master.
    fileprivate var isLeaving: Bool { state == "stopping" || state == "ended" }
}
