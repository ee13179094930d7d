// Everything that can happen to a pool, as values: a recorded list of them replays.
// Invariant: an event about a worker the core has forgotten changes nothing.

/// What the edge tells the core.
package enum Event: Codable, Sendable {
    /// Begin: launch the first generation.
    case start
    /// The worker's program runs: exec has succeeded.
    case launched(WorkerID)
    /// The worker never ran its program and has left nothing behind to reap.
    case launchFailed(WorkerID, LaunchFailure)
    /// The worker, or a process it started, wrote to its notify socket or its channel.
    case noticed(WorkerID, Notice)
    /// The answer to `Effect.disconnect`: there is no channel to ask it through.
    case unreachable(WorkerID)
    /// The worker's main process is gone.
    case exited(WorkerID, ExitStatus)
    /// SIGHUP (`nil`), or somebody who waits for the verdict.
    case reloadRequested(RequestID?)
    /// The answer to `Effect.readConfiguration`: it is valid.
    case configurationRead(PoolPolicy)
    /// The answer to `Effect.readConfiguration`: it can't be used, and this is why.
    case configurationRefused(String)
    /// Another number of workers is wanted.
    case scaleRequested(Scaling)
    /// Open no further slot until told so.
    case pauseRequested(RequestID)
    /// Go on with a rollout that was paused.
    case resumeRequested(RequestID)
    /// Give the rollout up and go back.
    case abortRequested(RequestID)
    /// A fresh worker in this slot, or in each (`nil`), one after the other.
    case restartRequested(RequestID, Slot?)
    /// A signal to the worker of this slot.
    case signalRequested(RequestID, Slot, Signal)
    /// The answer to `Effect.measureMemory`, for one of the workers: bytes of its own.
    case memoryMeasured(WorkerID, UInt64)
    /// SIGTERM or SIGINT; a second one skips every wait.
    case stopRequested
    /// Another master has taken the pool over; the interval is the unit's `WatchdogSec=` as it is now.
    ///
    /// It is told once, after what the one before may have left undone or untold, in this order: the
    /// effects that are left are carried out, and what comes back of them is told; whoever is gone
    /// is told as `exited`, or as `launchFailed` if it never ran; of who is `launching` and runs its
    /// program `launched` is told again, of who is `disconnecting` without an open channel
    /// `unreachable`. What workers have said meanwhile, and the deadline, come after it.
    case resumed(Resumption, watchdogInterval: Duration?)
    /// The time given by `Pool.nextDeadline` has come.
    case deadline
}

extension Event {
    /// The worker that it is about.
    package var worker: WorkerID? {
        switch self {
        case .launched(let id), .launchFailed(let id, _), .noticed(let id, _), .unreachable(let id),
            .exited(let id, _), .memoryMeasured(let id, _):
            id
        default: nil
        }
    }
}

/// A wish for more workers, or fewer.
package enum Scaling: Hashable, Codable, Sendable {
    case to(Int)
    case by(Int)
}

/// Why a worker never ran its program.
package enum LaunchFailure: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The kernel refused a process, a descriptor, a cgroup or a socket.
    case refused(String)
    /// The process was there, but its program could not be executed.
    case notExecuted(String)

    package var description: String {
        switch self {
        case .refused(let why), .notExecuted(let why): why
        }
    }
}

/// One thing a worker says, in the words of sd_notify(3).
package enum Notice: Hashable, Codable, Sendable {
    /// READY=1
    case ready
    /// STOPPING=1
    case stopping
    /// WATCHDOG=1
    case heartbeat
    /// WATCHDOG=trigger
    case trouble
    /// WATCHDOG_USEC=, 0 switches the watchdog off.
    case watchdogInterval(Duration)
    /// EXTEND_TIMEOUT_USEC=
    case extendTimeout(Duration)
    /// STATUS=
    case status(String)
    /// What it writes on its channel is not the protocol; how, as the end of a sentence about it.
    case broken(String)
}
