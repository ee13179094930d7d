// What a configuration stands for in the simulated world: rules, and programs good or bad.

import PoolCore

/// The character of one generation's program.
package enum Release: CaseIterable, Sendable {
    case good
    case slow
    case notExecutable
    case exitsAtStart
    case neverReady
    case diesAfterReady
    case flaky
    case hangs
    case ignoresSignals
    case leavesByItself
    /// Its memory grows over every limit.
    case leaks
    /// One launch in three exits at start: a rollout gets some way before it fails.
    case moody

    /// What a launch of it does to the pool, if that is not counted elsewhere.
    var trouble: Trouble? {
        switch self {
        case .slow: .slowBoot
        case .neverReady: .neverReady
        case .exitsAtStart: .exitAtStart
        case .diesAfterReady, .flaky: .deathAfterReady
        case .leavesByItself: .leavesByItself
        case .leaks: .leak
        case .good, .notExecutable, .hangs, .ignoresSignals, .moody: nil
        }
    }
}

extension Trial.Beginning {
    static func random(_ generator: inout Generator) -> Trial.Beginning {
        let watchdog: Duration? = generator.oneIn(2) ? .seconds(10) : nil
        return Trial.Beginning(
            policy: .random(&generator), watchdogInterval: watchdog, seed: generator.next())
    }
}

extension PoolPolicy {
    /// Rules at random, within what a configuration accepts.
    static func random(_ generator: inout Generator) -> PoolPolicy {
        var worker = WorkerPolicy()
        worker.readiness = generator.oneIn(4) ? .exec : .notify
        worker.startTimeout = generator.oneIn(10) ? nil : .seconds(generator.int(1...20))
        worker.stopTimeout = generator.oneIn(15) ? nil : .seconds(generator.int(1...10))
        worker.disconnects = generator.oneIn(3)
        worker.killSignal = generator.pick([.interrupt, .terminate, .hangup])
        worker.finalKillSignal = generator.oneIn(5) ? .quit : .kill
        worker.watchdogSignal = generator.pick([.abort, .user1])
        worker.watchdogInterval = generator.oneIn(3) ? .seconds(generator.int(1...5)) : nil
        worker.restart = generator.oneIn(4) ? generator.pick(RestartRule.allCases) : .always
        worker.restartSteps = generator.int(0...10)
        worker.restartDelay = .milliseconds(generator.int(0...500))
        worker.restartMaxDelay = worker.restartDelay + .seconds(generator.int(0...10))
        worker.restartReset = .seconds(generator.int(0...5))
        worker.startLimitBurst = generator.int(0...6)
        worker.startLimitInterval = .seconds(generator.int(0...10))
        // Rules under which nothing but the pool's pace holds it back.
        if generator.oneIn(6) {
            worker.readiness = .exec
            worker.restart = .always
            worker.restartDelay = .zero
            worker.restartReset = .zero
            worker.startLimitBurst = 0
        }
        if generator.oneIn(4) {
            worker.lifetime = .seconds(generator.int(1...60))
            worker.lifetimeExtra = .seconds(generator.int(0...10))
        }
        if generator.oneIn(3) { worker.memoryLimit = 50 << 20 }
        if generator.oneIn(6) { worker.restartPreventExitStatus.codes = [1] }
        if generator.oneIn(6) { worker.successExitStatus.codes = [3] }
        let maxUnready = generator.oneIn(3) ? generator.int(1...2) : 0
        return PoolPolicy(
            workers: generator.int(1...6), spare: generator.oneIn(4) ? generator.int(1...2) : 0,
            rolloutSurge: generator.int((maxUnready > 0 ? 0 : 1)...3),
            rolloutMaxUnready: maxUnready,
            rolloutSettle: .milliseconds(
                generator.oneIn(3) ? 0 : generator.int(1...(generator.oneIn(4) ? 20_000 : 3_000))),
            worker: worker)
    }
}
