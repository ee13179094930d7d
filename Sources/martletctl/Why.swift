// `martletctl why`: the reasons of what a pool did lately, as sentences.

import PoolWire

struct Why {
    let pool: String
    /// `nil` for all workers.
    let slot: Int?
    let asJSON: Bool

    func run(on console: inout Console) throws(Failure) {
        guard case .story(let happenings) = try ControlConnection.ask(pool, .why(slot: slot)) else {
            throw Failure(pool, .other("an answer to another request"))
        }
        if asJSON {
            console.say(String(decoding: happenings.json, as: UTF8.self))
            return
        }
        for happening in happenings { console.say(happening) }
    }
}
