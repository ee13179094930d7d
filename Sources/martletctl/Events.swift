// `martletctl events`: what happens in a pool, as it happens.

import Glibc
import LinuxKernel
import PoolWire

struct Events: Command {
    let pool: String
    let asJSON: Bool

    static let verbs = [
        Verb(
            "events", "[--json] POOL", options: [.json],
            help: """
                tells what happens, and what workers say to subscribers, until it is interrupted or
                the pool ends
                --json  an object a line
                """)
    ]

    private static let heeded = [SIGINT, SIGTERM]

    /// Returns when somebody has had enough.
    func run(on console: inout Console) throws(Failure) -> ExitCode {
        var isOver = try follow(
            ControlConnection(to: pool, .subscribe, heeding: Self.heeded), on: &console)
        while !isOver {
            let next = try NextMaster(of: pool).connect(.subscribe, heeding: Self.heeded)
            console.remark(
                "\(pool): another master goes on; what happened meanwhile is not told here, "
                    + "see: journalctl -u martlet@\(pool) -e")
            isOver = try follow(next, on: &console)
        }
        return .done
    }

    /// - Returns: Whether that was all; else another master may come. The connection is let go by then:
    ///   the next one holds the same signals back.
    private func follow(
        _ connection: ControlConnection, on console: inout Console
    ) throws(Failure) -> Bool {
        var isStopping = false
        while !console.isBroken {
            switch try connection.next(until: nil) {
            case .news(.event(let event)):
                isStopping = isStopping || event.isOfStop
                show(event, on: &console)
            case .news(.answer(.refused(let error))): throw Failure(pool, error)
            case .news, .late: throw .strayAnswer(pool)
            case .closed where isStopping:
                throw Failure(.unavailable, "\(pool): the master has ended")
            case .closed: return false
            case .signal: return true
            }
        }
        return true
    }

    private func show(_ event: PoolEvent, on console: inout Console) {
        if asJSON {
            console.say(String(decoding: event.json, as: UTF8.self))
            return
        }
        switch event {
        case .happening(let happening): console.say(happening)
        case .message(let body, let sender):
            let text = String(decoding: body, as: UTF8.self).withoutControlCharacters()
            console.say("\(sender.title) says: \(text)")
        case .lost(let count):
            console.say(count == 1 ? "1 event is missing here" : "\(count) events are missing here")
        }
    }
}

extension Events {
    init(_ words: VerbWords) throws(Failure) {
        self.init(pool: try words.pool(), asJSON: words.has(.json))
    }
}

extension PoolEvent {
    /// Whether nobody comes after the master that says this.
    fileprivate var isOfStop: Bool {
        guard case .happening(let happening) = self else { return false }
        return happening.kind == "pool-stopping" || happening.kind == "pool-stopped"
    }
}

extension MessageSender {
    fileprivate var title: String {
        switch self {
        case .slot(let slot): "worker \(slot)"
        case .agent: "the agent"
        case .outside: "somebody"
        }
    }
}

extension Console {
    /// A line with the time and the sentence.
    mutating func say(_ happening: Happening) {
        let sentence = happening.sentence.withoutControlCharacters()
        let colour: Colour? =
            switch happening.priority {
            case ...3: .red
            case 4: .yellow
            case 5: .bold
            default: nil
            }
        say(
            "\(LocalTime.text(microseconds: happening.time)) "
                + sentence.inColour(hasColours ? colour : nil))
    }
}
