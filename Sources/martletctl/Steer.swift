// `martletctl pause`, `resume` and `abort`: a rollout that is under way, in people's hands.

import LinuxKernel
import PoolWire

struct Steer {
    let pool: String
    let steering: Steering

    func run(on console: inout Console) throws(Failure) {
        guard case .accepted = try ControlConnection.ask(pool, .steer(steering)) else {
            throw Failure(pool, .other("an answer to another request"))
        }
        console.say("\(pool): \(sentence)")
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
