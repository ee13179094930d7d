// Something that is to be done to a pool, from the question to the verdict.
// Invariant: what is asked about is what is done: the pool, the slot and the process are fixed when
// the question is put.

import PoolCore
import PoolWire

package struct Deed: Hashable, Sendable {
    package enum Act: Hashable, Sendable {
        case reload
        case restart(WorkerKey)
        case kill(WorkerKey, Signal)
        case scale(ScaleWish)
        case steer(Steering)
    }

    package let pool: String
    package let act: Act

    /// The process that the question is about, if it is about one.
    var worker: WorkerKey? {
        switch act {
        case .restart(let key), .kill(let key, _): key
        case .reload, .scale, .steer: nil
        }
    }

    var question: String {
        switch act {
        case .reload: "reload \(pool): replace every worker?"
        case .restart(let key): "restart \(key.title) of \(pool)?"
        case .kill(let key, let signal): "send \(signal) to \(key.title) of \(pool)?"
        case .scale(.by(let difference)):
            difference < 0 ? "one worker fewer in \(pool)?" : "one worker more in \(pool)?"
        case .scale(.to(let count)): "\(count) workers in \(pool)?"
        case .steer(.pause): "pause the rollout of \(pool)?"
        case .steer(.resume): "go on with the rollout of \(pool)?"
        case .steer(.abort): "give up the rollout of \(pool) and go back?"
        }
    }

    /// While nothing more is known.
    var underWay: String {
        switch act {
        case .reload: "\(pool): reloading"
        case .restart(let key): "\(pool): restarting \(key.title)"
        case .kill(let key, let signal): "\(pool): sending \(signal) to \(key.title)"
        case .scale: "\(pool): scaling"
        case .steer(let steering): "\(pool): \(steering.rawValue)"
        }
    }

    package var request: ControlRequest {
        switch act {
        case .reload: .reload(.progress)
        case .restart(let key): .restart(slot: key.slot)
        case .kill(let key, let signal): .kill(slot: key.slot, signal: "\(signal)")
        case .scale(let wish): .scale(wish)
        case .steer(let steering): .steer(steering)
        }
    }

    /// How it went.
    func verdict(_ answer: ControlAnswer) -> Notice {
        switch answer {
        case .refused(let error): return .failed("\(pool): \(sentence(error))")
        case .reloaded(let result):
            let ready = min(result.ready, result.wanted)
            return .done(
                "\(pool): generation \(result.generation) serves, "
                    + "\(ready)/\(result.wanted) ready")
        case .scaled(let result):
            let workers = result.wanted == 1 ? "1 worker" : "\(result.wanted) workers"
            let time = result.isEffective ? "" : " once what is under way has ended"
            return .done("\(pool): \(workers) wanted\(time)")
        default: return .done("\(pool): \(done)")
        }
    }

    private var done: String {
        switch act {
        case .reload: "the reload has begun"
        case .restart(let key): "\(key.title) is a fresh one"
        case .kill(let key, let signal): "\(key.title) was sent \(signal)"
        case .scale: "done"
        case .steer(.pause): "the rollout is paused; p goes on, a goes back"
        case .steer(.resume): "the rollout goes on"
        case .steer(.abort): "the generation before takes over again"
        }
    }

    private func sentence(_ error: ControlError) -> String {
        switch error {
        case .reloadFailed(let reason, let serving):
            "reload failed: " + reason.split(separator: "\n").joined(separator: "; ")
                + (serving.map { "; generation \($0) serves on" } ?? "")
        case .permissionDenied: "you may look, and not change anything; try sudo"
        case .tooManyClients: "the master has too many connections open; try again later"
        case .stopping: "the pool is being stopped"
        case .notPossible(let reason): reason
        case .other(let name): "the master gave an answer this version does not know: \(name)"
        }
    }

    /// It was lost on the way.
    package var lost: Notice {
        .failed("\(pool): the master went away before it told how it went")
    }
}

extension WorkerKey {
    var title: String { slot < 0 ? "the agent" : "worker \(slot)" }
}

/// A line about how something went.
package struct Notice: Hashable, Sendable {
    package let text: String
    package let tone: Style.Tone

    package static func done(_ text: String) -> Notice { Notice(text: text, tone: .good) }
    package static func failed(_ text: String) -> Notice { Notice(text: text, tone: .bad) }
    static func hint(_ text: String) -> Notice { Notice(text: text, tone: .warning) }
}
