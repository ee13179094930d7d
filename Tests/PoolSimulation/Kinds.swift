// What the stories are made of, by name: events, effects, records, and where workers and rollouts
// stand between two events.

import PoolCore

package enum EventKind: Int, Countable {
    case start, launched, launchRefused, notExecuted, exited
    case ready, stopping, heartbeat, trouble, watchdogInterval, extendTimeout, status, broken
    case unreachable
    case reloadBySignal, reloadByRequest, configurationRead, configurationRefused
    case scaleTo, scaleBy, pause, resume, abort, restart, restartAll, signalWish, memoryMeasured,
        stop, resumedAfterDeath, resumedAfterRestart, resumedAfterExecution, deadline
}

package enum EffectKind: Int, Countable {
    case launch, disconnect, signal, relay, kill, forget, measureMemory, readConfiguration, release
    case notifyReady, notifyReloading, notifyStopping, notifyHeartbeat, notifyStatus
    case notifyExtendTimeout, record, answerDone, answerReplaced, answerRefused
    case answerNoWayBack, answerStopping
    case finishStopped, finishFinished, finishFailed, finishNeverReady
}

package enum RecordKind: Int, Countable {
    case startedWithPool, startedAfterEnd, startedByRollout, startedByRollback, startedForAge
    case startedForMemory, startedByScale, startedAsAsked
    case ready, gone, exited, leaving, silent, troubled, brokenOff
    case neverReadyRefused, neverReadyNotExecuted, neverReadyExited, neverReadyInTime
    case retiredReplaced, retiredMakesRoom, retiredSuperseded, retiredRolloutFailed
    case retiredFewerWorkers, retiredPoolStopping
    case signalled, laterSignal, signalledUnreachable, killedOutOfTime, killedSecondStop
    case restartDelayed, restartsPaced, startLimitHit, slotFinished
    case poolReady, poolStartFailed, rolloutStarted, rolloutFinished, rolloutFailed
    case rolloutPaused, rolloutResumed, configurationRefused, reloadRefused, poolScaled
    case poolStopping, poolStopped, watchdogWithheld, masterReplaced
}

/// Roles with the states that they can be in.
package enum Standing: Int, Countable {
    case incumbentLaunching, incumbentStarting, incumbentReady
    case candidateLaunching, candidateStarting, candidateReady
    case leaverDisconnecting, leaverStopping, leaverEnding, leaverKilled
    case seatBackoff, seatStartLimit, seatFinished
    case rolloutReading, rolloutForward, rolloutPaused, rolloutClearing, rolloutBack
    case poolRising, poolServing, poolStopping, poolEnded
}

/// What the world does to the pool.
package enum Trouble: Int, Countable {
    case slowBoot, neverReady, exitAtStart, deathAfterReady, crash, massacre
    case hang, awakening, ignoredSignal, ignoredWord, closedChannel, slowDeath, leavesByItself, leak
    case lie, flood, lateNotice, stranger
    case again, noDescriptors, noMemory, noCall, notExecutable
    case clockLeap, clockStep, stall, earlyDeadline
    case badConfiguration, unaskedRefusal, programReplaced
    case reload, scale, steering, wish, stop
    case masterKilled, masterRestarted, masterExecuted, masterKilledAgain
}

extension Event {
    package var kind: EventKind {
        switch self {
        case .start: .start
        case .launched: .launched
        case .launchFailed(_, .refused): .launchRefused
        case .launchFailed(_, .notExecuted): .notExecuted
        case .noticed(_, let notice): notice.kind
        case .unreachable: .unreachable
        case .exited: .exited
        case .reloadRequested(nil): .reloadBySignal
        case .reloadRequested: .reloadByRequest
        case .configurationRead: .configurationRead
        case .configurationRefused: .configurationRefused
        case .scaleRequested(.to): .scaleTo
        case .scaleRequested(.by): .scaleBy
        case .pauseRequested: .pause
        case .resumeRequested: .resume
        case .abortRequested: .abort
        case .restartRequested(_, nil): .restartAll
        case .restartRequested: .restart
        case .signalRequested: .signalWish
        case .memoryMeasured: .memoryMeasured
        case .stopRequested: .stop
        case .resumed(let resumption, _): resumption.cause.kind
        case .deadline: .deadline
        }
    }
}

extension Resumption.Cause {
    fileprivate var kind: EventKind {
        switch self {
        case .death: .resumedAfterDeath
        case .restart: .resumedAfterRestart
        case .execution: .resumedAfterExecution
        }
    }
}

extension Notice {
    fileprivate var kind: EventKind {
        switch self {
        case .ready: .ready
        case .stopping: .stopping
        case .heartbeat: .heartbeat
        case .trouble: .trouble
        case .watchdogInterval: .watchdogInterval
        case .extendTimeout: .extendTimeout
        case .status: .status
        case .broken: .broken
        }
    }
}

extension Effect {
    package var kind: EffectKind {
        switch self {
        case .launch: .launch
        case .disconnect: .disconnect
        case .signal: .signal
        case .relay: .relay
        case .kill: .kill
        case .forget: .forget
        case .measureMemory: .measureMemory
        case .readConfiguration: .readConfiguration
        case .release: .release
        case .notify(let state): state.kind
        case .record: .record
        case .answer(_, .done): .answerDone
        case .answer(_, .replaced): .answerReplaced
        case .answer(_, .refused(let why)):
            why.contains("of the old generation")
                ? .answerNoWayBack : why.contains("stop") ? .answerStopping : .answerRefused
        case .finish(.stopped): .finishStopped
        case .finish(.finished): .finishFinished
        case .finish(.failed): .finishFailed
        case .finish(.neverReady): .finishNeverReady
        }
    }
}

extension ServiceState {
    fileprivate var kind: EffectKind {
        switch self {
        case .ready: .notifyReady
        case .reloading: .notifyReloading
        case .stopping: .notifyStopping
        case .heartbeat: .notifyHeartbeat
        case .status: .notifyStatus
        case .extendTimeout: .notifyExtendTimeout
        }
    }
}

extension Record {
    package var kind: RecordKind {
        switch self {
        case .workerStarted(_, _, let reason): reason.kind
        case .workerReady: .ready
        case .workerGone: .gone
        case .workerExited: .exited
        case .workerNeverReady(_, _, .notLaunched(.refused)): .neverReadyRefused
        case .workerNeverReady(_, _, .notLaunched(.notExecuted)): .neverReadyNotExecuted
        case .workerNeverReady(_, _, .startTimeout): .neverReadyInTime
        case .workerNeverReady: .neverReadyExited
        case .workerUnresponsive(_, _, .watchdog): .silent
        case .workerUnresponsive(_, _, .broken): .brokenOff
        case .workerUnresponsive: .troubled
        case .workerLeaving: .leaving
        case .workerRetired(_, _, let reason): reason.kind
        case .workerKilled(_, _, .kill, .outOfTime): .killedOutOfTime
        case .workerKilled(_, _, _, .outOfTime): .laterSignal
        case .workerKilled(_, _, _, .unreachable): .signalledUnreachable
        case .workerKilled(_, _, _, .secondStop): .killedSecondStop
        case .workerSignalled: .signalled
        case .restartDelayed: .restartDelayed
        case .restartsPaced: .restartsPaced
        case .startLimitHit: .startLimitHit
        case .slotFinished: .slotFinished
        case .poolReady: .poolReady
        case .poolStartFailed: .poolStartFailed
        case .rolloutStarted: .rolloutStarted
        case .rolloutFinished: .rolloutFinished
        case .rolloutFailed: .rolloutFailed
        case .rolloutPaused: .rolloutPaused
        case .rolloutResumed: .rolloutResumed
        case .configurationRefused: .configurationRefused
        case .reloadRefused: .reloadRefused
        case .poolScaled: .poolScaled
        case .poolStopping: .poolStopping
        case .poolStopped: .poolStopped
        case .watchdogWithheld: .watchdogWithheld
        case .masterReplaced: .masterReplaced
        case .agent(let record): record.kind
        }
    }
}

extension Record.StartReason {
    fileprivate var kind: RecordKind {
        switch self {
        case .poolStart: .startedWithPool
        case .replacement: .startedAfterEnd
        case .rollout: .startedByRollout
        case .rollback: .startedByRollback
        case .lifetime: .startedForAge
        case .memory: .startedForMemory
        case .scale: .startedByScale
        case .asked: .startedAsAsked
        }
    }
}

extension Record.RetireReason {
    fileprivate var kind: RecordKind {
        switch self {
        case .replaced: .retiredReplaced
        case .makesRoom: .retiredMakesRoom
        case .superseded: .retiredSuperseded
        case .rolloutFailed: .retiredRolloutFailed
        case .fewerWorkers: .retiredFewerWorkers
        case .poolStopping: .retiredPoolStopping
        }
    }
}

extension Worker {
    /// `nil` for what a worker can't be.
    var standing: Standing? {
        switch (role, state) {
        case (.incumbent, .launching): .incumbentLaunching
        case (.incumbent, .starting): .incumbentStarting
        case (.incumbent, .ready): .incumbentReady
        case (.candidate, .launching): .candidateLaunching
        case (.candidate, .starting): .candidateStarting
        case (.candidate, .ready): .candidateReady
        case (.leaver, .disconnecting): .leaverDisconnecting
        case (.leaver, .stopping): .leaverStopping
        case (.leaver, .ending): .leaverEnding
        case (.leaver, .killed): .leaverKilled
        default: nil
        }
    }
}

extension Seat.Pause {
    var standing: Standing {
        switch self {
        case .backoff: .seatBackoff
        case .startLimit: .seatStartLimit
        case .finished: .seatFinished
        }
    }
}

extension Rollout {
    var standing: Standing {
        switch stage {
        case .reading: .rolloutReading
        case .forward where isPaused: .rolloutPaused
        case .forward where !clearing.isEmpty: .rolloutClearing
        case .forward: .rolloutForward
        case .back: .rolloutBack
        }
    }
}

extension Pool.Phase {
    var standing: Standing? {
        switch self {
        case .idle: nil
        case .rising: .poolRising
        case .serving: .poolServing
        case .stopping: .poolStopping
        case .ended: .poolEnded
        }
    }
}
