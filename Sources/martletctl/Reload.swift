// `martletctl reload`: waits for the verdict and passes it on; ExecReload= of the unit.
// Invariant: 0 means that the new generation serves, or with --no-wait that it has been asked for.

import Glibc
import LinuxKernel
import PoolWire

struct Reload: Command {
    let pool: String
    let waits: Bool

    private static let noWait = CommandOption("no-wait")

    static let verbs = [
        Verb(
            "reload", "[--no-wait] POOL", options: [noWait],
            help: """
                has the configuration read anew and every worker replaced, and tells how it ended:
                0 if the new workers serve, 1 if the old ones serve on
                --no-wait  return as soon as the master has taken the request
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        // What it is compared with if the master that is asked does not live to tell.
        let before = waits ? try? Status.report(of: pool) : nil
        let connection = try connect()
        var progress = Progress(of: pool, isDrawn: waits && console.canRedraw)
        while true {
            let event = try connection.next(until: deadline(progress))
            switch event {
            case .news(.progress(let status)) where !progress.isDrawn:
                console.say("\(pool): \(status.withoutControlCharacters())")
            case .news(.progress): progress.look(on: &console)
            case .late where waits: progress.look(on: &console)
            default:
                if progress.isDrawn { console.draw([]) }
                if event == .closed, waits { return try goOn(from: before, on: &console) }
                try conclude(event, on: &console)
                return .done
            }
        }
    }

    /// Another master goes on with the rollout.
    private func goOn(
        from before: PoolReport?, on console: inout Console
    ) throws(Failure) -> ExitCode {
        guard let before else { throw lost }
        let waiting = ReloadWait(before: before)
        let report = try PoolWatch(pool).watch(on: &console) { report in
            waiting.verdict(on: report) != .underWay
        }
        switch waiting.verdict(on: report) {
        case .failed(let reason):
            throw Failure(
                .failed,
                "\(pool): \(reason.asLines); generation \(report.generation) serves on\n"
                    + "see: journalctl -u martlet@\(pool) -e")
        case .lost, .underWay: throw lost
        case .done:
            let result = ReloadResult(
                generation: report.generation, ready: report.ready, wanted: report.wanted)
            try conclude(.news(.answer(.reloaded(result))), on: &console)
            return .done
        }
    }

    private var lost: Failure {
        Failure(
            .unavailable,
            "\(pool): the master went away before the reload had begun, and another one is there; "
                + "run it again: martletctl reload \(pool)")
    }

    /// A rollout takes as long as its workers take to start; taking the request does not.
    private func deadline(_ progress: Progress) -> Int64 {
        waits ? progress.deadline : MonotonicClock.now() + ControlConnection.patience
    }

    private func connect() throws(Failure) -> ControlConnection {
        do throws(Failure) {
            return try ControlConnection(
                to: pool, .reload(waits ? .progress : .acceptance),
                heeding: waits ? [SIGINT, SIGTERM] : [])
        } catch {
            guard error.code == .notRunning else { throw error }
            throw Failure(.unavailable, error.sentence)
        }
    }

    private func conclude(
        _ event: ControlConnection.Event, on console: inout Console
    ) throws(Failure) {
        switch event {
        case .news(.answer(.reloaded(let result))):
            console.say(
                "\(pool): generation \(result.generation) is serving "
                    + "(\(min(result.ready, result.wanted))/\(result.wanted) ready)")
        case .news(.answer(.accepted)):
            console.say("\(pool): the reload has begun; see: martletctl status \(pool)")
        case .news(.answer(.refused(let error))): throw Failure(pool, error)
        case .news: throw .strayAnswer(pool)
        case .closed:
            throw Failure(
                .unavailable,
                "\(pool): the master went away without an answer; "
                    + "see: journalctl -u martlet@\(pool) -e")
        case .late: throw .silent(pool)
        case .signal(let number):
            throw Failure(
                number == SIGINT ? .interrupted : .terminated,
                "\(pool): the reload goes on without anybody waiting for it; "
                    + "see: martletctl status \(pool)")
        }
    }
}

extension Reload {
    init(_ words: VerbWords) throws(Failure) {
        self.init(pool: try words.pool(), waits: !words.has(Self.noWait))
    }
}
