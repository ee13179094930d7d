// What people see of something that takes its time: at a terminal a line for each worker, redrawn;
// anywhere, that a master has gone silent.
// Invariant: the wait goes on whatever a look shows.

import LinuxKernel
import PoolWire

struct Progress {
    /// Between two looks, in nanoseconds.
    static let interval: Int64 = 250_000_000
    /// Between two where nothing is drawn.
    private static let rareInterval: Int64 = 5_000_000_000
    /// For the answer to one, in nanoseconds: the wait for the end is not to be held up by it.
    private static let patience: Int64 = 1_000_000_000

    let pool: String
    let isDrawn: Bool
    private var isSilent = false

    init(of pool: String, isDrawn: Bool) {
        self.pool = pool
        self.isDrawn = isDrawn
    }

    /// When to look again.
    var deadline: Int64 {
        MonotonicClock.now() + (isDrawn ? Self.interval : Self.rareInterval)
    }

    /// Draws how the pool is; a master that does not tell leaves what was there, and that is said
    /// once.
    mutating func look(on console: inout Console) {
        do throws(Failure) {
            let answer = try ControlConnection.ask(pool, .status, patience: Self.patience)
            isSilent = false
            guard isDrawn, case .report(let report) = answer else { return }
            console.drawProgress(report)
        } catch {
            // Whoever waits is told of any other failure by the connection that it waits on.
            guard error.code == .unavailable, !isSilent else { return }
            isSilent = true
            console.draw([])
            console.remark(
                "\(pool): the master does not answer at the moment, and is waited for; "
                    + "see: journalctl -u martlet@\(pool) -e")
        }
    }
}

extension Console {
    /// A line is left for the cursor of whoever calls next.
    mutating func drawProgress(_ report: PoolReport) {
        draw(WorkerLines(report: report, hasColours: hasColours).lines(room: room - 1))
    }
}
