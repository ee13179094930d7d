// Stories in words: each event and each effect as a short sentence.

import PoolCore

extension Event {
    package var sentence: String {
        switch self {
        case .start: "the pool is started"
        case .launched(let id): "worker \(id) runs its program"
        case .launchFailed(let id, let failure): "worker \(id) can't be launched: \(failure)"
        case .noticed(let id, let notice): "worker \(id) says \(notice.assignment)"
        case .unreachable(let id): "worker \(id) can't be asked to leave"
        case .exited(let id, let status): "worker \(id) \(status)"
        case .reloadRequested(nil): "SIGHUP asks for a reload"
        case .reloadRequested(let request?): "request \(request) asks for a reload"
        case .configurationRead(let policy): "the configuration is valid: \(policy.sentence)"
        case .configurationRefused(let why): "the configuration is refused: \(why)"
        case .scaleRequested(.to(let count)): "\(count) workers are asked for"
        case .scaleRequested(.by(let difference)):
            "\(abs(difference)) \(difference < 0 ? "fewer" : "more") workers are asked for"
        case .pauseRequested(let request): "request \(request) pauses the rollout"
        case .resumeRequested(let request): "request \(request) resumes the rollout"
        case .abortRequested(let request): "request \(request) aborts the rollout"
        case .restartRequested(let request, let slot):
            "request \(request) wants fresh workers in \(slot.map { "slot \($0)" } ?? "all slots")"
        case .signalRequested(let request, let slot, let signal):
            "request \(request) wants \(signal) sent to slot \(slot)"
        case .memoryMeasured(let id, let bytes): "worker \(id) has \(bytes.spokenBytes) of its own"
        case .stopRequested: "a stop is asked for"
        case .resumed(let resumption, let watchdog):
            "another master: \(resumption.cause), \(resumption.workers) workers, "
                + "\(resumption.gap.spoken) without one, WatchdogSec=\(watchdog?.spoken ?? "0")"
        case .deadline: "the deadline has come"
        }
    }
}

extension Notice {
    /// As it stands in the datagram.
    fileprivate var assignment: String {
        switch self {
        case .ready: "READY=1"
        case .stopping: "STOPPING=1"
        case .heartbeat: "WATCHDOG=1"
        case .trouble: "WATCHDOG=trigger"
        case .watchdogInterval(let interval): "WATCHDOG_USEC= of \(interval.spoken)"
        case .extendTimeout(let duration): "EXTEND_TIMEOUT_USEC= of \(duration.spoken)"
        case .status(let text): "STATUS=\(text)"
        case .broken(let how): "nonsense: it \(how)"
        }
    }
}

extension PoolPolicy {
    /// What differs from a configuration that says nothing.
    package var sentence: String {
        let plain = PoolPolicy()
        var parts = ["Workers=\(workers)"]
        func note<Value: Equatable>(
            _ value: Value, _ usual: Value, _ text: @autoclosure () -> String
        ) {
            if value != usual { parts.append(text()) }
        }
        func spoken(_ limit: Duration?) -> String { limit.map(\.spoken) ?? "infinity" }
        note(spare, plain.spare, "Spare=\(spare)")
        note(rolloutSurge, plain.rolloutSurge, "RolloutSurge=\(rolloutSurge)")
        note(rolloutMaxUnready, plain.rolloutMaxUnready, "RolloutMaxUnready=\(rolloutMaxUnready)")
        note(rolloutSettle, plain.rolloutSettle, "RolloutSettleSec=\(rolloutSettle.spoken)")
        let usual = plain.worker
        note(worker.readiness, usual.readiness, "Type=\(worker.readiness)")
        note(
            worker.startTimeout, usual.startTimeout,
            "TimeoutStartSec=\(spoken(worker.startTimeout))"
        )
        note(worker.stopTimeout, usual.stopTimeout, "TimeoutStopSec=\(spoken(worker.stopTimeout))")
        note(worker.disconnects, usual.disconnects, "Protocol=node")
        note(worker.killSignal, usual.killSignal, "KillSignal=\(worker.killSignal)")
        note(
            worker.finalKillSignal, usual.finalKillSignal,
            "FinalKillSignal=\(worker.finalKillSignal)")
        note(
            worker.watchdogInterval, usual.watchdogInterval,
            "WatchdogSec=\(spoken(worker.watchdogInterval))")
        note(worker.watchdogSignal, usual.watchdogSignal, "WatchdogSignal=\(worker.watchdogSignal)")
        note(worker.restart, usual.restart, "Restart=\(worker.restart.rawValue)")
        note(worker.restartDelay, usual.restartDelay, "RestartSec=\(worker.restartDelay.spoken)")
        note(worker.restartSteps, usual.restartSteps, "RestartSteps=\(worker.restartSteps)")
        note(
            worker.restartMaxDelay, usual.restartMaxDelay,
            "RestartMaxDelaySec=\(worker.restartMaxDelay.spoken)")
        note(
            worker.restartReset, usual.restartReset, "RestartResetSec=\(worker.restartReset.spoken)"
        )
        note(
            worker.startLimitInterval, usual.startLimitInterval,
            "StartLimitIntervalSec=\(worker.startLimitInterval.spoken)")
        note(
            worker.startLimitBurst, usual.startLimitBurst,
            "StartLimitBurst=\(worker.startLimitBurst)")
        note(worker.lifetime, usual.lifetime, "RuntimeMaxSec=\(spoken(worker.lifetime))")
        note(
            worker.lifetimeExtra, usual.lifetimeExtra,
            "RuntimeRandomizedExtraSec=\(worker.lifetimeExtra.spoken)")
        note(
            worker.memoryLimit, usual.memoryLimit,
            "RecycleMemory=\(worker.memoryLimit?.spokenBytes ?? "infinity")")
        note(
            worker.successExitStatus, usual.successExitStatus,
            "SuccessExitStatus=\(worker.successExitStatus.text)")
        note(
            worker.restartPreventExitStatus, usual.restartPreventExitStatus,
            "RestartPreventExitStatus=\(worker.restartPreventExitStatus.text)")
        return parts.joined(separator: " ")
    }
}

extension ExitStatusSet {
    fileprivate var text: String {
        (codes.map { "\($0)" } + signals.map(\.description)).joined(separator: " ")
    }
}

extension Effect {
    package var sentence: String {
        switch self {
        case .launch(let id, let number): "launch worker \(id) of generation \(number)"
        case .disconnect(let id): "ask worker \(id) to leave"
        case .signal(let id, let signal): "send \(signal) to worker \(id)"
        case .relay(let id, let signal): "send \(signal) to worker \(id), as asked"
        case .kill(let id): "kill worker \(id) and its descendants"
        case .forget(let id): "forget worker \(id)"
        case .measureMemory(let ids):
            "measure workers \(ids.map(\.description).joined(separator: ", "))"
        case .readConfiguration(let number): "read the configuration as generation \(number)"
        case .release(let number): "release generation \(number)"
        case .notify(.ready): "tell READY=1"
        case .notify(.reloading): "tell RELOADING=1"
        case .notify(.stopping): "tell STOPPING=1"
        case .notify(.heartbeat): "tell WATCHDOG=1"
        case .notify(.status(let text)): "tell STATUS=\(text)"
        case .notify(.extendTimeout(let duration)):
            "tell EXTEND_TIMEOUT_USEC= of \(duration.spoken)"
        case .record(let record): "record: \(record.sentence)"
        case .answer(let requests, let verdict):
            "answer \(requests.map { "\($0)" }.joined(separator: ", ")): \(verdict.sentence)"
        case .finish(let outcome): "exit, \(outcome.rawValue)"
        }
    }
}

extension Verdict {
    fileprivate var sentence: String {
        switch self {
        case .done: "done"
        case .replaced(let number): "generation \(number) is everywhere"
        case .refused(let why): "refused, \(why)"
        }
    }
}
