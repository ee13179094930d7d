// `martletctl reexec`: masters execute themselves anew, as after an upgrade of the package.
// Invariant: 0 means that another master than before has all pools, with their workers.

import LinuxKernel
import PoolWire

struct Reexec: Command {
    let pools: [String]

    static let verbs = [
        Verb(
            "reexec", "POOL…",
            help: """
                has masters execute themselves anew, as after an upgrade; no worker is replaced, and
                no client notices; 76 if a master is of a version that can't
                """)
    ]

    /// For the program to be executed and to take over, in nanoseconds.
    private static let patience: Int64 = 30_000_000_000
    /// A master that still answers by then could not be replaced.
    private static let persistence: Int64 = 5_000_000_000

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        var worst = ExitCode.done
        for pool in pools {
            do throws(Failure) {
                console.say("\(pool): \(try replace(pool))")
            } catch {
                console.complain(error)
                worst = max(worst, error.code)
            }
        }
        return worst
    }

    private func replace(_ pool: String) throws(Failure) -> String {
        let before = try Status.report(of: pool)
        let begun = MonotonicClock.now()
        let connection = try ControlConnection(to: pool, .reexec)
        switch try connection.next(until: begun + ControlConnection.patience) {
        // Without an answer it may have been done as well.
        case .news(.answer(.accepted)), .closed: break
        case .news(.answer(.refused(let error))): throw Failure(pool, unknownToOld: error)
        case .late: throw .silent(pool)
        case .news, .signal: throw .strayAnswer(pool)
        }
        // It ends with the program that has it.
        _ = try connection.next(until: begun + Self.persistence)
        return try awaitChange(of: before, since: begun)
    }

    private func awaitChange(
        of before: PoolReport, since begun: Int64
    ) throws(Failure) -> String {
        let pool = before.pool
        let next = NextMaster(of: pool)
        while MonotonicClock.now() < begun + Self.patience {
            let report = try next.report()
            if let sentence = MasterChange(from: before, to: report).sentence { return sentence }
            guard MonotonicClock.now() < begun + Self.persistence else { break }
            try next.pause()
        }
        throw Failure(
            .failed,
            "\(pool): the master is the same as before, and the pool runs on; "
                + "see: journalctl -u martlet@\(pool) -e")
    }
}

/// What has become of a pool, from one master to the next.
struct MasterChange {
    let from: PoolReport
    let to: PoolReport

    /// `nil` if it is the same master still.
    var sentence: String? {
        guard let master = to.master, master.number > from.master?.number ?? 0 else { return nil }
        let version = master.version.withoutControlCharacters()
        return "master \(master.pid) runs version \(version) now; \(workers)"
    }

    /// Those that are the same processes as before.
    private var workers: String {
        let former = Set(from.workers.compactMap(\.incarnation))
        let present = to.workers.compactMap(\.incarnation)
        let kept = present.count { former.contains($0) }
        let all = former.count == 1 ? "1 worker" : "\(former.count) workers"
        return kept == former.count ? "\(all) served on" : "\(kept) of \(all) served on"
    }
}

extension Reexec {
    init(_ words: VerbWords) throws(Failure) {
        guard !words.operands.isEmpty else {
            throw .usage("reexec takes the name of a pool, or of several")
        }
        self.init(pools: try words.pools())
    }
}

extension Failure {
    /// An error of a master that may be older than what it was asked for.
    init(_ pool: String, unknownToOld error: ControlError) {
        guard case .other("org.varlink.service.MethodNotFound") = error else {
            self.init(pool, error)
            return
        }
        self.init(
            .tooOld,
            "\(pool): the master is of a version that can't leave its workers to another one; "
                + "run: systemctl restart martlet@\(pool)")
    }
}
