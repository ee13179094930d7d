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
    /// One launch in three exits at start: a rollout gets some way before it fails.
    case moody
}

extension PoolPolicy {
    /// Rules at random, within what a configuration accepts.
    static func random(_ generator: inout Generator) -> PoolPolicy {
        var worker = WorkerPolicy()
        worker.readiness = generator.oneIn(4) ? .exec : .notify
        worker.startTimeout = generator.oneIn(10) ? nil : .seconds(generator.int(1...20))
        worker.stopTimeout = generator.oneIn(15) ? nil : .seconds(generator.int(1...10))
        worker.finalKillSignal = generator.oneIn(5) ? .quit : .kill
        worker.watchdogInterval = generator.oneIn(3) ? .seconds(generator.int(1...5)) : nil
        worker.restart = generator.oneIn(4) ? generator.pick(RestartRule.allCases) : .always
        worker.restartSteps = generator.int(0...10)
        worker.restartDelay = .milliseconds(generator.int(0...500))
        worker.restartMaxDelay = worker.restartDelay + .seconds(generator.int(0...10))
        worker.restartReset = .seconds(generator.int(0...5))
        worker.startLimitBurst = generator.int(0...6)
        worker.startLimitInterval = .seconds(generator.int(0...10))
        if generator.oneIn(4) {
            worker.lifetime = .seconds(generator.int(1...60))
            worker.lifetimeExtra = .seconds(generator.int(0...10))
        }
        if generator.oneIn(6) { worker.restartPreventExitStatus.codes = [1] }
        return PoolPolicy(
            workers: generator.int(1...6), rolloutSurge: generator.int(1...3),
            rolloutSettle: .milliseconds(generator.oneIn(3) ? 0 : generator.int(1...3_000)),
            worker: worker)
    }
}
