// An effect as one short line: what a play expects, and what the table of transitions prints.
// Invariant: two effects with the same line are the same to whoever carries them out.

import PoolCore

extension Effect {
    /// What an effect is for: a play listens to some of these at a time.
    enum Kind: CaseIterable {
        /// Launches, signals, kills and the giving up of what was held.
        case deed
        /// READY=1, RELOADING=1, STOPPING=1.
        case word
        case verdict
        case heartbeat
        case promise
        case status
        case record
    }

    var kind: Kind {
        switch self {
        case .launch, .disconnect, .signal, .relay, .kill, .forget, .measureMemory,
            .readConfiguration,
            .release,
            .finish:
            .deed
        case .notify(.ready), .notify(.reloading), .notify(.stopping): .word
        case .notify(.heartbeat): .heartbeat
        case .notify(.status): .status
        case .notify(.extendTimeout): .promise
        case .record: .record
        case .answer: .verdict
        }
    }

    var line: String {
        switch self {
        case .launch(let id, let number): "launch \(id) gen \(number)"
        case .disconnect(let id): "disconnect \(id)"
        case .signal(let id, let signal): "\(signal) \(id)"
        case .relay(let id, let signal): "relay \(signal) \(id)"
        case .kill(let id): "kill \(id)"
        case .forget(let id): "forget \(id)"
        case .measureMemory(let ids):
            "measure \(ids.map { "\($0)" }.joined(separator: "+"))"
        case .readConfiguration(let number): "read configuration \(number)"
        case .release(let number): "release gen \(number)"
        case .notify(let state): state.line
        case .record(let record): "“\(record.sentence)”"
        case .answer(let requests, let verdict):
            "answer \(requests.map { "\($0)" }.joined(separator: "+")): \(verdict.line)"
        case .finish(let outcome): "finish \(outcome.rawValue)"
        }
    }
}

extension ServiceState {
    var line: String {
        switch self {
        case .ready: "READY=1"
        case .reloading: "RELOADING=1"
        case .stopping: "STOPPING=1"
        case .heartbeat: "WATCHDOG=1"
        case .status(let text): "STATUS=\(text)"
        case .extendTimeout(let duration): "EXTEND_TIMEOUT \(duration.spoken)"
        }
    }
}

extension Verdict {
    var line: String {
        switch self {
        case .done: "done"
        case .replaced(let number): "replaced by gen \(number)"
        case .refused(let why): "refused, \(why)"
        }
    }
}

extension Set<Effect.Kind> {
    /// What changes the world: deeds, words to the service manager and verdicts.
    static var acts: Self { [.deed, .word, .verdict] }
    static var everything: Self { Set(Effect.Kind.allCases) }
}
