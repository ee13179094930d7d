// `martletctl pause`, `resume` and `abort`: a rollout that is under way, in people's hands.

import LinuxKernel
import PoolWire

struct Steer: Command {
    let pool: String
    let steering: Steering

    static let verbs = [
        Verb(
            Steering.pause.rawValue, "POOL",
            help: "holds a rollout that is under way: no further worker is replaced"),
        Verb(Steering.resume.rawValue, "POOL", help: "goes on with a rollout that is held"),
        Verb(
            Steering.abort.rawValue, "POOL",
            help: "gives a rollout up: the generation before takes over again"),
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        guard case .accepted = try ControlConnection.ask(pool, .steer(steering)) else {
            throw .strayAnswer(pool)
        }
        console.say("\(pool): \(sentence)")
        return .done
    }

    private var sentence: String {
        switch steering {
        case .pause:
            "the rollout is paused; go on with: martletctl resume \(pool), "
                + "or go back with: martletctl abort \(pool)"
        case .resume: "the rollout goes on; see: martletctl status \(pool)"
        case .abort:
            "the rollout is given up and the generation before takes over again; "
                + "see: martletctl status \(pool)"
        }
    }
}

extension Steer {
    init(_ words: VerbWords) throws(Failure) {
        guard let steering = Steering(rawValue: words.verb) else {
            throw .usage("there is no command \(words.verb)")
        }
        self.init(pool: try words.pool(), steering: steering)
    }
}
