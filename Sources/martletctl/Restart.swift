// `martletctl restart`: a fresh worker in the place of one, or of each in turn.

import Glibc
import LinuxKernel
import PoolWire

struct Restart: Command {
    let pool: String
    /// `nil` for all of them.
    let slot: Int?

    static let verbs = [
        Verb(
            "restart", "POOL [SLOT|agent]",
            help: """
                puts a fresh worker in the place of one, or of each in turn, without reading the
                configuration anew; the old one serves until the fresh one is ready
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        // What it is compared with if the master that is asked does not live to tell.
        let before = try? Status.report(of: pool)
        let connection = try ControlConnection(
            to: pool, .restart(slot: slot), heeding: [SIGINT, SIGTERM])
        var progress = Progress(of: pool, isDrawn: console.canRedraw)
        while true {
            let event = try connection.next(until: progress.deadline)
            guard event == .late else {
                if progress.isDrawn { console.draw([]) }
                if event == .closed, let before {
                    try goOn(from: before, on: &console)
                    return .done
                }
                try conclude(event, on: &console)
                return .done
            }
            progress.look(on: &console)
        }
    }

    /// Another master goes on with it.
    private func goOn(
        from before: PoolReport, on console: inout Console
    ) throws(Failure) {
        var waiting = RestartWait(of: slot, before: before)
        _ = try PoolWatch(pool).watch(on: &console) { report throws(Failure) in
            switch waiting.verdict(on: report, at: MonotonicClock.now()) {
            case .underWay: return false
            case .done: return true
            case .stalled(let count):
                throw Failure(
                    .failed,
                    "\(pool): the master was replaced meanwhile, and not every worker is a fresh "
                        + "one: \(count) to go; see: martletctl why \(pool)")
            }
        }
        console.say("\(pool): \(sentence)")
    }

    private func conclude(
        _ event: ControlConnection.Event, on console: inout Console
    ) throws(Failure) {
        switch event {
        case .news(.answer(.accepted)): console.say("\(pool): \(sentence)")
        case .news(.answer(.refused(let error))): throw Failure(pool, error)
        case .closed: throw .deserted(pool)
        case .signal(let number):
            throw Failure(
                number == SIGINT ? .interrupted : .terminated,
                "\(pool): what was asked for goes on without anybody waiting for it; "
                    + "see: martletctl status \(pool)")
        case .news, .late: throw .strayAnswer(pool)
        }
    }

    private var sentence: String {
        switch slot {
        case nil: "every worker is a fresh one"
        case -1: "the agent is a fresh one"
        case let slot?: "worker \(slot) is a fresh one"
        }
    }
}

extension Restart {
    init(_ words: VerbWords) throws(Failure) {
        guard let pool = words.operands.first, words.operands.count <= 2 else {
            throw .usage(
                "restart takes the name of one pool, and perhaps the slot of a worker, or agent")
        }
        let worker = words.operands.count == 2 ? try WorkerWord(words.operands[1]) : nil
        self.init(pool: try PoolWord(pool).name, slot: worker?.slot)
    }
}
