// `martletctl leave`: the master's next SIGTERM is not for its workers; `ExecStop=` of the unit, when
// the pool is restarted.

import LinuxKernel
import PoolWire

struct Leave: Command {
    let pool: String

    static let verbs = [
        Verb(
            "leave", "POOL",
            help: """
                has the master leave its workers to the next one at its next SIGTERM; for ExecStop=
                of the unit, which says it when the service is restarted and not when it is stopped
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        let connection = try ControlConnection(to: pool, .leave)
        switch try connection.next(until: MonotonicClock.now() + ControlConnection.patience) {
        case .news(.answer(.accepted)): return .done
        case .news(.answer(.refused(let error))): throw Failure(pool, unknownToOld: error)
        case .closed: throw .deserted(pool)
        case .late: throw .silent(pool)
        case .news, .signal: throw .strayAnswer(pool)
        }
    }
}

extension Leave {
    init(_ words: VerbWords) throws(Failure) {
        self.init(pool: try words.pool())
    }
}
