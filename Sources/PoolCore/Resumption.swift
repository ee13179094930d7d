// How a pool came to another master: what the core is told once, when that one has read it.

/// The end of one master and the beginning of the next, which is the same process where it has
/// executed itself anew.
package struct Resumption: Hashable, Codable, Sendable {
    package let cause: Cause
    /// How long nobody watched. A master that died before it had told the core of its own resumption
    /// counts as nobody.
    package let gap: Duration
    /// Workers that were taken back, the agent among them.
    package let workers: Int

    /// How the master before ended.
    package enum Cause: String, Hashable, Codable, Sendable {
        /// It was killed, or crashed.
        case death
        /// It has left its workers to its successor.
        case restart
        /// It has executed its program anew.
        case execution
    }

    package init(cause: Cause, gap: Duration, workers: Int) {
        self.cause = cause
        self.gap = gap
        self.workers = workers
    }
}

extension Resumption.Cause: CustomStringConvertible {
    package var description: String {
        switch self {
        case .death: "the master before crashed, hung or was killed"
        case .restart: "the master before was restarted"
        case .execution: "the master has executed its program anew"
        }
    }
}

extension Resumption {
    /// The rest of a sentence that begins with the cause.
    var consequence: String {
        switch workers {
        case ..<1: "no worker was left to be taken back"
        case 1: "1 worker was taken back and served on, nobody watched it for \(gap.spoken)"
        default:
            "\(workers) workers were taken back and served on, "
                + "nobody watched them for \(gap.spoken)"
        }
    }
}
