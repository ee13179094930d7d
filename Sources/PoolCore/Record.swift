// What the journal is told: each start, end, delay, kill and decision, with its reason.

/// One entry for the journal. `sentence` says it to people.
package enum Record: Hashable, Codable, Sendable {
    case workerStarted(WorkerID, GenerationNumber, StartReason)
    case workerReady(WorkerID, GenerationNumber, after: Duration)
    /// A worker that was told to go, or was being killed, is gone.
    case workerGone(WorkerID, GenerationNumber, ExitStatus)
    /// A worker that nobody told to go is gone.
    case workerExited(WorkerID, GenerationNumber, ExitStatus)
    case workerNeverReady(WorkerID, GenerationNumber, End)
    case workerUnresponsive(WorkerID, GenerationNumber, End)
    case workerLeaving(WorkerID, GenerationNumber)
    case workerRetired(WorkerID, GenerationNumber, RetireReason)
    /// It did not go when asked: SIGKILL to all of it, or a signal to its main process before that.
    case workerKilled(WorkerID, GenerationNumber, Signal, KillReason)
    /// Somebody wanted it to get this.
    case workerSignalled(WorkerID, GenerationNumber, Signal)
    /// So many ends in a row since the first of them.
    case restartDelayed(Slot, ends: Int, within: Duration, delay: Duration)
    /// So many slots wait until the pool may start a worker again.
    case restartsPaced(waiting: Int)
    case startLimitHit(Slot, starts: Int, interval: Duration, rest: Duration)
    case slotFinished(Slot, End)
    case poolReady(GenerationNumber, workers: Int, after: Duration)
    case poolStartFailed(String)
    case rolloutStarted(GenerationNumber, from: GenerationNumber)
    case rolloutFinished(GenerationNumber, workers: Int, after: Duration)
    case rolloutFailed(GenerationNumber, String)
    case rolloutPaused(GenerationNumber, replaced: Int, slots: Int)
    case rolloutResumed(GenerationNumber)
    case configurationRefused(String)
    case reloadRefused(String)
    case poolScaled(from: Int, to: Int)
    case poolStopping(workers: Int)
    case poolStopped(Outcome)
    case watchdogWithheld(String)
    case masterReplaced(Resumption)
    /// What the same would be of a worker has happened to the pool's agent.
    indirect case agent(Record)

    package enum StartReason: Hashable, Codable, Sendable {
        case poolStart
        /// The one before ended like this, as the last of so many in a row.
        case replacement(of: End, ends: Int)
        case rollout
        /// The rollout failed: back to the generation before it.
        case rollback
        /// The incumbent has served its time.
        case lifetime(Duration)
        /// The incumbent has that many bytes of memory of its own, and may have so many.
        case memory(UInt64, limit: UInt64)
        case scale
        /// Somebody wanted a fresh one.
        case asked
    }

    package enum RetireReason: String, Hashable, Codable, Sendable {
        case replaced
        /// `RolloutMaxUnready=`: its slot is emptied first.
        case makesRoom
        /// It rose for a generation that a newer rollout has overtaken.
        case superseded
        case rolloutFailed
        case fewerWorkers
        case poolStopping
    }

    package enum KillReason: Hashable, Codable, Sendable {
        case outOfTime(Duration)
        /// It can't be asked through its channel.
        case unreachable
        case secondStop
    }

    package var worker: WorkerID? {
        switch self {
        case .workerStarted(let id, _, _), .workerReady(let id, _, _), .workerGone(let id, _, _),
            .workerExited(let id, _, _), .workerNeverReady(let id, _, _),
            .workerUnresponsive(let id, _, _), .workerLeaving(let id, _),
            .workerRetired(let id, _, _), .workerKilled(let id, _, _, _),
            .workerSignalled(let id, _, _):
            id
        case .agent(let record): record.worker
        default: nil
        }
    }

    package var slot: Slot? {
        switch self {
        case .agent: .ofAgent
        case .restartDelayed(let slot, _, _, _), .startLimitHit(let slot, _, _, _),
            .slotFinished(let slot, _):
            slot
        default: worker?.slot
        }
    }

    package var generation: GenerationNumber? {
        switch self {
        case .workerStarted(_, let number, _), .workerReady(_, let number, _),
            .workerGone(_, let number, _), .workerExited(_, let number, _),
            .workerNeverReady(_, let number, _), .workerUnresponsive(_, let number, _),
            .workerLeaving(_, let number), .workerRetired(_, let number, _),
            .workerKilled(_, let number, _, _), .workerSignalled(_, let number, _),
            .poolReady(let number, _, _),
            .rolloutStarted(let number, _), .rolloutFinished(let number, _, _),
            .rolloutFailed(let number, _), .rolloutPaused(let number, _, _),
            .rolloutResumed(let number):
            number
        case .agent(let record): record.generation
        default: nil
        }
    }

    package var exitStatus: ExitStatus? {
        switch self {
        case .workerGone(_, _, let status), .workerExited(_, _, let status): status
        case .workerNeverReady(_, _, .exited(let status)): status
        case .agent(let record): record.exitStatus
        default: nil
        }
    }
}
