// `martletctl why`: the reasons of what a pool did lately, as sentences.

import PoolWire

struct Why: Command {
    let pool: String
    /// `nil` for all workers.
    let slot: Int?
    let asJSON: Bool

    static let verbs = [
        Verb(
            "why", "[--json] POOL [SLOT|agent]", options: [.json],
            help: """
                tells what happened lately, of the whole pool or of one worker, and why
                --json  an array
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        guard case .story(let happenings) = try ControlConnection.ask(pool, .why(slot: slot)) else {
            throw .strayAnswer(pool)
        }
        if asJSON {
            console.say(String(decoding: happenings.json, as: UTF8.self))
            return .done
        }
        for happening in happenings { console.say(happening) }
        return .done
    }
}

extension Why {
    init(_ words: VerbWords) throws(Failure) {
        guard let pool = words.operands.first, words.operands.count <= 2 else {
            throw .usage(
                "why takes the name of one pool, and perhaps the slot of a worker, or agent")
        }
        let worker = words.operands.count == 2 ? try WorkerWord(words.operands[1]) : nil
        self.init(pool: try PoolWord(pool).name, slot: worker?.slot, asJSON: words.has(.json))
    }
}
