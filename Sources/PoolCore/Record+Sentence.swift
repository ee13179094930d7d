// The journal's entries as sentences, and how loud each is.

extension Record {
    /// How loud an entry is, by syslog's levels.
    package enum Level: Int, Sendable {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
    }

    package var level: Level {
        switch self {
        case .poolStartFailed, .rolloutFailed, .configurationRefused: .error
        case .workerExited, .workerNeverReady, .workerUnresponsive, .workerKilled,
            .restartDelayed, .restartsPaced, .startLimitHit, .watchdogWithheld, .reloadRefused:
            .warning
        case .workerSignalled, .slotFinished, .poolReady, .rolloutFinished, .rolloutPaused,
            .rolloutResumed,
            .poolScaled, .poolStopping, .poolStopped:
            .notice
        case .workerStarted, .workerReady, .workerGone, .workerLeaving, .workerRetired,
            .rolloutStarted:
            .info
        case .masterReplaced(let resumption): resumption.cause == .death ? .warning : .notice
        case .agent(let record): record.level
        }
    }

    /// The reason in a few words, for the field MARTLET_REASON.
    package var reason: String? {
        switch self {
        case .workerStarted(_, _, let reason): reason.description
        case .workerGone(_, _, let status), .workerExited(_, _, let status): status.description
        case .workerNeverReady(_, _, let end), .workerUnresponsive(_, _, let end),
            .slotFinished(_, let end):
            end.description
        case .workerLeaving: End.announced.description
        case .workerRetired(_, _, let reason): reason.description
        case .workerKilled(_, _, _, let reason): reason.description
        case .restartDelayed(_, let ends, _, _): "\(ends) ends in a row"
        case .startLimitHit(_, let starts, let interval, _):
            "\(starts) starts within \(interval.spoken)"
        case .poolStartFailed(let why), .rolloutFailed(_, let why), .configurationRefused(let why):
            why
        case .watchdogWithheld(let why), .reloadRefused(let why): why
        case .masterReplaced(let resumption): resumption.cause.description
        case .agent(let record): record.reason
        case .workerSignalled: "somebody asked for it"
        case .workerReady, .restartsPaced, .poolReady, .rolloutStarted, .rolloutPaused,
            .rolloutResumed, .rolloutFinished, .poolScaled, .poolStopping, .poolStopped:
            nil
        }
    }

    package var sentence: String { sentence { "worker \($0)" } }

    /// - Parameter name: What the worker in a slot is called.
    private func sentence(_ name: (Slot) -> String) -> String {
        switch self {
        case .workerStarted(let id, let number, let reason):
            "\(name(id.slot)) started, generation \(number): \(reason)"
        case .workerReady(let id, let number, let after):
            "\(name(id.slot)) of generation \(number) is ready after \(after.spoken)"
        case .workerGone(let id, let number, let status):
            "\(name(id.slot)) of generation \(number) has left: it \(status)"
        case .workerExited(let id, let number, let status):
            "\(name(id.slot)) of generation \(number) \(status)"
        case .workerNeverReady(let id, let number, let end):
            "\(name(id.slot)) of generation \(number) failed to start: it \(end)"
        case .workerUnresponsive(let id, let number, .broken(let how)):
            "\(name(id.slot)) of generation \(number) is given up: it \(how)"
        case .workerUnresponsive(let id, let number, let end):
            "\(name(id.slot)) of generation \(number) hangs: it \(end)"
        case .workerLeaving(let id, let number):
            "\(name(id.slot)) of generation \(number) says that it is stopping"
        case .workerRetired(let id, let number, let reason):
            "\(name(id.slot)) of generation \(number) is asked to stop: \(reason)"
        case .workerKilled(let id, let number, .kill, let reason):
            "\(name(id.slot)) of generation \(number) and all its processes are killed: \(reason)"
        case .workerKilled(let id, let number, let signal, let reason):
            "\(name(id.slot)) of generation \(number) is sent \(signal): \(reason)"
        case .workerSignalled(let id, let number, let signal):
            "\(name(id.slot)) of generation \(number) is sent \(signal), as somebody asked"
        case .restartDelayed(let slot, let ends, let within, let delay):
            "\(name(slot)) ended \(ends) times in a row within \(within.spoken); "
                + "the next start is in \(delay.spoken)"
        case .restartsPaced(let waiting):
            "workers end faster than the pool starts new ones: \(slots(waiting)) for a turn"
        case .startLimitHit(let slot, let starts, let interval, let rest):
            "\(name(slot)) was started \(starts) times within \(interval.spoken); "
                + "it rests for \(rest.spoken) and is then tried again"
        case .slotFinished(let slot, let end):
            "\(name(slot)) \(end), and Restart= wants it no more until the next reload"
        case .poolReady(let number, let workers, let after):
            "the pool is ready: \(counted(workers)) of generation \(number) after \(after.spoken)"
        case .poolStartFailed(let why): "the pool could not start: \(why)"
        case .rolloutStarted(let number, let from):
            "rolling out generation \(number) in place of \(from)"
        case .rolloutFinished(let number, let workers, let after):
            "generation \(number) is rolled out: \(counted(workers)) after \(after.spoken)"
        case .rolloutPaused(let number, let replaced, let slots):
            "the rollout of generation \(number) is paused: \(replaced) of \(slots) slots are replaced"
        case .rolloutResumed(let number): "the rollout of generation \(number) goes on"
        case .reloadRefused(let why): "a reload was refused: \(why)"
        case .rolloutFailed(let number, let why):
            "generation \(number) was not rolled out: \(why)"
        case .configurationRefused(let why): "the configuration was not taken over: \(why)"
        case .poolScaled(let from, let to):
            "\(counted(to)) \(to == 1 ? "is" : "are") wanted from now on, \(from) before"
        case .poolStopping(let workers):
            "stopping: \(counted(workers)) \(workers == 1 ? "is" : "are") asked to stop"
        case .poolStopped(let outcome): outcome.sentence
        case .watchdogWithheld(let why):
            "\(why): the service manager's watchdog gets no heartbeat meanwhile"
        case .masterReplaced(let resumption): "\(resumption.cause); \(resumption.consequence)"
        case .agent(let record): record.sentence { _ in "the agent" }
        }
    }

    private func slots(_ waiting: Int) -> String {
        waiting == 1 ? "1 slot waits" : "\(waiting) slots wait"
    }

    private func counted(_ workers: Int) -> String {
        workers == 1 ? "1 worker" : "\(workers) workers"
    }
}

extension Record.StartReason {
    /// A start that says nothing about how the slot fares: it does not count for the start limit.
    var isRoutine: Bool {
        switch self {
        case .lifetime, .memory, .asked: true
        case .poolStart, .replacement, .rollout, .rollback, .scale: false
        }
    }

    /// Whether it draws on the pool's pace: whatever can go on for ever by itself.
    var isPaced: Bool {
        switch self {
        case .replacement, .lifetime, .memory: true
        case .poolStart, .rollout, .rollback, .scale, .asked: false
        }
    }
}

extension Record.StartReason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .poolStart: "the pool starts"
        case .replacement(let end, let ends):
            "replaces one that \(end)" + (ends > 1 ? ", end \(ends) in a row" : "")
        case .rollout: "the rollout reached it"
        case .rollback: "the rollout failed, back to this generation"
        case .lifetime(let served): "the one before has served for \(served.spoken)"
        case .memory(let bytes, let limit):
            "the one before has \(bytes.spokenBytes) of memory, over \(limit.spokenBytes)"
        case .scale: "more workers are wanted"
        case .asked: "somebody asked for a fresh one"
        }
    }
}

extension Record.RetireReason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .replaced: "its replacement is ready"
        case .makesRoom: "it makes room for its replacement"
        case .superseded: "a newer rollout takes its place"
        case .rolloutFailed: "the rollout failed"
        case .fewerWorkers: "fewer workers are wanted"
        case .poolStopping: "the pool stops"
        }
    }
}

extension Record.KillReason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .outOfTime(let limit): "it did not stop within \(limit.spoken)"
        case .unreachable: "its channel is closed"
        case .secondStop: "a second stop was asked for"
        }
    }
}

extension Outcome {
    package var sentence: String {
        switch self {
        case .stopped: "the pool has stopped; nothing is left of it"
        case .finished: "the pool has ended: all workers ended cleanly and Restart= wants no more"
        case .failed: "the pool has ended: its workers failed and Restart= wants no more"
        case .neverReady: "the pool has ended without having been ready"
        }
    }
}
