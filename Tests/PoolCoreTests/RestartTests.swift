// `Restart=` as the table of systemd.service(5) has it, `RestartPreventExitStatus=`,
// `SuccessExitStatus=`, and how a pool ends when nobody is wanted back.

import PoolCore
import Testing

/// A way to lose a worker, played on slot 0 of a pool that serves or, where a worker must not be
/// ready yet, on its replacement.
enum Cause: String, CaseIterable, Sendable {
    case exitCode0, hangup, interrupt, terminate, pipe, announced
    case exitCode1, notExecuted
    case segfault, coreDump, sigkill
    case unknown
    case startTimeout
    case watchdog, trouble
    case refused

    /// The settings of `Restart=` that bring a worker back: the columns of the table, read down.
    var wanted: Set<RestartRule> {
        switch self {
        case .exitCode0, .hangup, .interrupt, .terminate, .pipe, .announced:
            [.always, .onSuccess]
        case .exitCode1, .notExecuted: [.always, .onFailure]
        case .segfault, .coreDump, .sigkill: [.always, .onFailure, .onAbnormal, .onAbort]
        case .startTimeout, .unknown: [.always, .onFailure, .onAbnormal]
        case .watchdog, .trouble: [.always, .onFailure, .onAbnormal, .onWatchdog]
        // The kernel refused: no program ran, so that there is no end to judge.
        case .refused: Set(RestartRule.allCases)
        }
    }

    var isClean: Bool { wanted.contains(.onSuccess) && !wanted.contains(.onFailure) }

    var end: End {
        switch self {
        case .exitCode0: .exited(.exited(0))
        case .exitCode1: .exited(.exited(1))
        case .hangup: .exited(.signaled(.hangup, coreDumped: false))
        case .interrupt: .exited(.signaled(.interrupt, coreDumped: false))
        case .terminate: .exited(.signaled(.terminate, coreDumped: false))
        case .pipe: .exited(.signaled(.pipe, coreDumped: false))
        case .segfault: .exited(.signaled(Signal(11), coreDumped: false))
        case .coreDump: .exited(.signaled(.abort, coreDumped: true))
        case .sigkill: .exited(.signaled(.kill, coreDumped: false))
        case .unknown: .exited(.unknown)
        case .announced: .announced
        case .notExecuted: .notLaunched(.notExecuted("no such file"))
        case .refused: .notLaunched(.refused("no processes left"))
        case .startTimeout: .startTimeout(.seconds(5))
        case .watchdog: .watchdog(.seconds(5))
        case .trouble: .trouble
        }
    }

    /// Plays it on a slot whose worker is ready, without any worker of another slot noticing.
    func play(on stage: inout Stage) {
        switch self {
        case .watchdog: stage.after(.seconds(5))
        case .trouble: stage.says(0, .trouble)
        case .announced: stage.says(0, .stopping)
        default:
            if case .exited(let status) = end { stage.exits(0, status) }
        }
    }

    /// Whether a worker that is ready can be lost like this.
    var strikesReadyWorkers: Bool {
        switch self {
        case .notExecuted, .refused, .startTimeout: false
        default: true
        }
    }
}

@Suite struct RestartTests {
    @Test(arguments: RestartRule.allCases, Cause.allCases)
    func eachEndRestartsAsTheTableOfSystemdSays(rule: RestartRule, cause: Cause) {
        var policy = WorkerPolicy()
        policy.restart = rule
        #expect(cause.end.shouldRestart(policy) == cause.wanted.contains(rule))
        #expect(cause.end.isClean(policy) == cause.isClean)
    }

    @Test(arguments: RestartRule.allCases, Cause.allCases.filter(\.strikesReadyWorkers))
    func aServingPoolReplacesWhomTheTableWantsBack(rule: RestartRule, cause: Cause) {
        var stage = Stage.serving(workers: 2) {
            $0.restart = rule
            $0.watchdogInterval = .seconds(5)
        }
        stage.says(1, .watchdogInterval(.zero))
        cause.play(on: &stage)
        let isReplaced = stage.newest(0) == WorkerID(slot: 0, incarnation: 3)
        #expect(isReplaced == cause.wanted.contains(rule))
        #expect(stage.seat(0).pause == (isReplaced ? nil : .finished(clean: cause.isClean)))
        #expect(stage.pool.phase == .serving)
    }

    /// An end that this rule answers with a new worker.
    private func welcomeCause(_ rule: RestartRule) -> Cause? {
        [Cause.exitCode1, .exitCode0, .segfault, .trouble].first { $0.wanted.contains(rule) }
    }

    // Swift 6.0 crashes on closures among a test's arguments; goes with Debian 13.
    private static let rulesThatRestart = RestartRule.allCases.filter { $0 != .no }
    private static let causesBeforeReady = Cause.allCases.filter { !$0.strikesReadyWorkers }

    @Test(arguments: rulesThatRestart, causesBeforeReady)
    func aReplacementThatNeverGetsReadyIsJudgedByTheSameTable(
        rule: RestartRule, cause: Cause
    ) throws {
        var stage = Stage.serving(workers: 2) { $0.restart = rule }
        try #require(welcomeCause(rule)).play(on: &stage)
        let replacement = stage.newest(0)
        if case .notLaunched(let failure) = cause.end { stage.failsToLaunch(0, failure) }
        // Long enough for the timeout or for the backoff, never for both.
        stage.after(cause == .startTimeout ? .seconds(31) : .seconds(2))
        #expect((stage.newest(0) != replacement) == cause.wanted.contains(rule))
        #expect((stage.seat(0).pause == .finished(clean: false)) != cause.wanted.contains(rule))
    }

    @Test func restartPreventExitStatusForbidsEvenAlways() {
        var stage = Stage.serving(workers: 3) {
            $0.restart = .always
            $0.restartPreventExitStatus = ExitStatusSet(codes: [1, 6], signals: [.abort])
        }
        stage.exits(0, .exited(6))
        stage.expect("forget 0.1")
        stage.exits(1, .signaled(.abort, coreDumped: true))
        stage.expect("forget 1.2")
        stage.exits(2, .exited(2))
        stage.expect("forget 2.3", "launch 2.4 gen 1")
        stage.expectStatus("gen 1: 0/3 ready, 1 starting, 2 finished")
    }

    @Test func successExitStatusMakesACodeAndASignalClean() {
        var stage = Stage.serving(workers: 3) {
            $0.restart = .onFailure
            $0.successExitStatus = ExitStatusSet(codes: [75], signals: [.kill])
        }
        stage.exits(0, .exited(75))
        stage.exits(1, .signaled(.kill, coreDumped: false))
        stage.exits(2, .exited(74))
        stage.expect("forget 0.1", "forget 1.2", "forget 2.3", "launch 2.4 gen 1")
        #expect(stage.seat(0).pause == .finished(clean: true))
        #expect(stage.seat(1).pause == .finished(clean: true))
    }

    @Test func aPoolWhoseWorkersAllFinishedCleanlyEndsWell() {
        var stage = Stage.serving(workers: 2) { $0.restart = .onFailure }
        stage.exits(0, .exited(0))
        stage.expect("forget 0.1")
        stage.exits(1, .signaled(.terminate, coreDumped: false))
        stage.expect("forget 1.2", "STOPPING=1", "finish finished")
        #expect(stage.pool.phase == .ended(.finished))
        #expect(stage.pool.nextDeadline == nil)
    }

    @Test func oneUncleanEndMakesTheWholePoolFail() {
        var stage = Stage.serving(workers: 2) { $0.restart = .no }
        stage.exits(0, .exited(3))
        stage.exits(1, .exited(0))
        stage.expect("forget 0.1", "forget 1.2", "STOPPING=1", "finish failed")
    }

    @Test func aPoolOnlyEndsWhenTheLastFinishedWorkerIsReaped() {
        var stage = Stage.serving { $0.restart = .no }
        stage.says(0, .stopping)
        stage.expect()
        #expect(stage.pool.phase == .serving)
        stage.exits(0, .exited(0))
        stage.expect("forget 0.1", "STOPPING=1", "finish finished")
    }

    @Test func aReloadBringsFinishedSlotsBackFirst() {
        var stage = Stage.serving(workers: 3) { $0.restart = .onFailure }
        stage.exits(1, .exited(0))
        stage.skip()
        stage.reload(to: .test(workers: 3))
        stage.expect("RELOADING=1", "read configuration 2", "launch 1.4 gen 2")
        stage.rise(1)
        stage.expect("launch 0.5 gen 2")
        #expect(stage.seat(1).pause == nil)
    }

    @Test func aRefusedReloadLeavesAFinishedSlotFinished() {
        var stage = Stage.serving(workers: 2) { $0.restart = .no }
        stage.exits(1, .exited(0))
        stage.reload()
        stage.tell(.configurationRefused("no"))
        #expect(stage.seat(1).pause == .finished(clean: true))
        stage.exits(0, .exited(0))
        #expect(stage.pool.phase == .ended(.finished))
    }

    @Test func aReloadUnderWaySavesAPoolWhoseLastWorkerFinishes() {
        var stage = Stage.serving { $0.restart = .no }
        stage.reload(1)
        stage.exits(0, .exited(0))
        #expect(stage.pool.phase == .serving)
        stage.skip()
        stage.tell(.configurationRead(.test()))
        stage.expect("launch 0.2 gen 2")
        stage.rise(0)
        stage.expect("READY=1", "answer 1: replaced by gen 2", "release gen 1")
    }
}
