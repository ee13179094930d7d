// What people at a terminal see of something that takes its time: a line for each worker, redrawn.

import LinuxKernel
import PoolWire

enum Progress {
    /// Between two looks, in nanoseconds.
    static let interval: Int64 = 250_000_000
    /// For the answer to one, in nanoseconds: the wait for the end is not to be held up by it.
    static let patience: Int64 = 1_000_000_000
}

extension Console {
    /// Draws how the pool is; a master that does not tell leaves what was there.
    mutating func drawProgress(of pool: String) {
        guard
            case .report(let report)? = try? ControlConnection.ask(
                pool, .status, patience: Progress.patience)
        else { return }
        drawProgress(report)
    }

    /// A line is left for the cursor of whoever calls next.
    mutating func drawProgress(_ report: PoolReport) {
        draw(WorkerLines(report: report, hasColours: hasColours).lines(room: room - 1))
    }
}
