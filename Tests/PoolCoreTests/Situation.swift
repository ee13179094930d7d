// Every state that a worker and a pool can be in, each reached by a short play, and every event
// that can strike there.
// Invariant: no two deadlines of a situation fall together, so that `deadline` strikes one thing.

import PoolCore
import Testing

/// A state of the table, and the worker that its events are about.
struct Situation: Sendable {
    let name: String
    let stage: Stage
    /// `nil` where the events are about the pool.
    let worker: WorkerID?

    init(_ name: String, worker slot: Slot? = nil, _ play: () -> Stage) {
        self.name = name
        stage = play()
        worker = slot.map(stage.newest)
    }

    init(_ name: String, worker: WorkerID, _ play: () -> Stage) {
        self.name = name
        stage = play()
        self.worker = worker
    }
}

/// A column of the table.
struct Strike: Sendable {
    let name: String
    let event: @Sendable (WorkerID) -> Event

    static let deadline = Strike(name: "deadline") { _ in .deadline }
}

// MARK: Workers

extension Situation {
    static let workers = rising + serving + forward + back + leaving

    /// A role and a state that never go together are not here: a leaver is disconnecting, stopping,
    /// ending or killed, and nobody else is.
    private static var rising: [Situation] {
        [
            Situation("rising: incumbent launching", worker: 0) { started() },
            Situation("rising: incumbent starting", worker: 0) {
                var stage = started()
                stage.launched(0)
                return stage
            },
            Situation("rising: incumbent ready, another is not", worker: 0) {
                var stage = started()
                stage.rise(0)
                return stage
            },
        ]
    }

    private static func started() -> Stage {
        var stage = Stage(workers: 2) { $0.startTimeout = .seconds(30) }
        stage.start()
        stage.says(1, .extendTimeout(.seconds(100)))
        return stage
    }

    private static var serving: [Situation] {
        [
            Situation("serving: incumbent launching", worker: 0) { replaced() },
            Situation("serving: incumbent starting", worker: 0) {
                var stage = replaced()
                stage.launched(0)
                return stage
            },
            Situation("serving: incumbent ready", worker: 0) { watched() },
            Situation("serving: incumbent ready, above RecycleMemory=", worker: 0) { heavy() },
            Situation("serving: last worker ready, Restart=no", worker: 0) {
                .serving {
                    $0.restart = .no
                    $0.watchdogInterval = .seconds(5)
                }
            },
            Situation(
                "forward: incumbent ready, its candidate rises",
                worker: WorkerID(slot: 0, incarnation: 1)
            ) {
                var stage = watched()
                stage.reload(1, to: .test(workers: 2))
                return stage
            },
        ]
    }

    /// Slot 0's first worker has ended, its second rises.
    private static func replaced() -> Stage {
        var stage = Stage.serving(workers: 2)
        stage.exits(0)
        return stage
    }

    private static func watched() -> Stage {
        var stage = Stage.serving(workers: 2) { $0.watchdogInterval = .seconds(5) }
        stage.says(1, .watchdogInterval(.zero))
        return stage
    }

    private static var forward: [Situation] {
        [
            Situation("forward: candidate launching", worker: 0) { reloading() },
            Situation("forward: candidate starting", worker: 0) {
                var stage = reloading()
                stage.launched(0)
                return stage
            },
            Situation("forward: candidate ready, settling", worker: 0) {
                var stage = reloading()
                stage.rise(0)
                return stage
            },
            Situation("forward: incumbent of the new generation ready", worker: 0) {
                var stage = reloading()
                stage.rise(0)
                stage.after(.seconds(3))
                stage.says(0, .watchdogInterval(.seconds(4)))
                return stage
            },
        ]
    }

    /// Slot 0's old worker makes room for the new one.
    private static func emptying() -> Stage {
        var policy = PoolPolicy.test(workers: 2, surge: 0)
        policy.rolloutMaxUnready = 1
        var stage = Stage.serving(policy)
        stage.reload(1, to: policy)
        return stage
    }

    /// It was above its limit twice in a row.
    private static func heavy() -> Stage {
        var stage = Stage.serving { $0.memoryLimit = 1 }
        for _ in 0..<2 { stage.tell(.memoryMeasured(stage.newest(0), 2)) }
        return stage
    }

    private static func reloading() -> Stage {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2, settle: .seconds(3)))
        return stage
    }

    /// Slot 0 had been replaced when slot 1's candidate failed.
    static func goingBack() -> Stage {
        var stage = Stage.serving(workers: 2)
        stage.reload(1, to: .test(workers: 2))
        stage.rise(0)
        stage.exits(WorkerID(slot: 0, incarnation: 1))
        stage.exits(1)
        return stage
    }

    /// The old generation could not come back in slot 0, and is tried again.
    static func stuck() -> Stage {
        var stage = goingBack()
        stage.failsToLaunch(0)
        return stage
    }

    private static var back: [Situation] {
        [
            Situation("back: candidate launching", worker: 0) { goingBack() },
            Situation("back: candidate starting", worker: 0) {
                var stage = goingBack()
                stage.launched(0)
                return stage
            },
            Situation(
                "back: incumbent of the failed generation ready",
                worker: WorkerID(slot: 0, incarnation: 3)
            ) {
                var stage = goingBack()
                stage.says(WorkerID(slot: 0, incarnation: 3), .watchdogInterval(.seconds(4)))
                return stage
            },
            Situation("serving: candidate of the settled generation launching", worker: 0) {
                stuck()
            },
            Situation("serving: candidate of the settled generation starting", worker: 0) {
                var stage = stuck()
                stage.launched(0)
                return stage
            },
        ]
    }

    private static var leaving: [Situation] {
        let old = WorkerID(slot: 0, incarnation: 1)
        return [
            Situation("forward: leaver makes room", worker: old) { emptying() },
            Situation("serving: leaver disconnecting", worker: old) { disconnecting(for: .zero) },
            Situation("serving: leaver stopping, was disconnected", worker: old) {
                disconnecting(for: .seconds(10))
            },
            Situation("serving: leaver stopping", worker: old) { retiring(for: .zero) },
            Situation("serving: leaver ending", worker: old) { retiring(for: .seconds(10)) },
            Situation("serving: leaver killed", worker: old) { retiring(for: .seconds(20)) },
            Situation(
                "back: leaver stopping, the last of the failed generation",
                worker: WorkerID(slot: 0, incarnation: 2)
            ) {
                var stage = Stage.serving()
                stage.reload(1, to: .test())
                stage.says(0, .stopping)
                return stage
            },
            Situation("stopping: leaver stopping", worker: 0) { stopping(for: .zero) },
            Situation("stopping: leaver ending", worker: 0) { stopping(for: .seconds(10)) },
            Situation("stopping: leaver killed", worker: 0) { stopping(for: .seconds(20)) },
        ]
    }

    private static func retiring(for time: Duration) -> Stage {
        var stage = Stage.serving { $0.finalKillSignal = .quit }
        stage.reload(to: .test())
        stage.rise(0)
        stage.after(time)
        return stage
    }

    private static func disconnecting(for time: Duration) -> Stage {
        var stage = Stage.serving { $0.disconnects = true }
        stage.reload(to: .test())
        stage.rise(0)
        stage.after(time)
        return stage
    }

    private static func stopping(for time: Duration) -> Stage {
        var stage = Stage.serving { $0.finalKillSignal = .quit }
        stage.stop()
        stage.after(time)
        return stage
    }
}

extension Strike {
    static let onWorkers = [
        Strike(name: "launched") { .launched($0) },
        Strike(name: "launch refused") { .launchFailed($0, .refused("no processes left")) },
        Strike(name: "not executed") { .launchFailed($0, .notExecuted("no such file")) },
        Strike(name: "READY=1") { .noticed($0, .ready) },
        Strike(name: "STOPPING=1") { .noticed($0, .stopping) },
        Strike(name: "WATCHDOG=1") { .noticed($0, .heartbeat) },
        Strike(name: "WATCHDOG=trigger") { .noticed($0, .trouble) },
        Strike(name: "WATCHDOG_USEC=2s") { .noticed($0, .watchdogInterval(.seconds(2))) },
        Strike(name: "WATCHDOG_USEC=0") { .noticed($0, .watchdogInterval(.zero)) },
        Strike(name: "EXTEND_TIMEOUT 60s") { .noticed($0, .extendTimeout(.seconds(60))) },
        Strike(name: "STATUS=busy") { .noticed($0, .status("busy")) },
        Strike(name: "nonsense") { .noticed($0, .broken("sent a line that is no JSON")) },
        Strike(name: "unreachable") { .unreachable($0) },
        Strike(name: "exit 0") { .exited($0, .exited(0)) },
        Strike(name: "exit 1") { .exited($0, .exited(1)) },
        Strike(name: "SIGSEGV") { .exited($0, .signaled(Signal(11), coreDumped: true)) },
        Strike(name: "gone") { .exited($0, .unknown) },
        Strike(name: "all of the memory") { .memoryMeasured($0, .max) },
        Strike(name: "another master after 5s") { _ in
            .resumed(.test(after: .seconds(5)), watchdogInterval: nil)
        },
        deadline,
    ]
}

// MARK: Pools

extension Situation {
    static let pools =
        [
            Situation("idle") { Stage(workers: 2) },
            Situation("rising") {
                var stage = Stage(workers: 2)
                stage.start()
                stage.rise(0)
                return stage
            },
            Situation("serving") { .serving(workers: 2, watchdog: .seconds(10)) },
        ] + paused + reloads + ends

    private static var paused: [Situation] {
        [
            Situation("serving: a slot waits") {
                var stage = Stage.serving(workers: 2)
                stage.exits(0)
                stage.exits(0)
                return stage
            },
            Situation("serving: a slot rests") {
                var stage = Stage.serving(workers: 2) { $0.startLimitBurst = 1 }
                stage.exits(0)
                return stage
            },
            Situation("serving: a slot is finished") {
                var stage = Stage.serving(workers: 2) { $0.restart = .no }
                stage.exits(0)
                return stage
            },
        ]
    }

    private static var reloads: [Situation] {
        [
            Situation("reading") {
                var stage = Stage.serving(workers: 2)
                stage.reload(1)
                return stage
            },
            Situation("forward: candidate launching") { reloading() },
            Situation("forward: candidate settling") {
                var stage = reloading()
                stage.rise(0)
                return stage
            },
            Situation("forward: last candidate settling") {
                var stage = reloading()
                stage.rise(0)
                stage.after(.seconds(3))
                stage.rise(1)
                return stage
            },
            Situation("forward: paused") {
                var stage = reloading()
                stage.rise(0)
                stage.tell(.pauseRequested(7))
                stage.after(.seconds(3))
                return stage
            },
            Situation("forward: a slot is emptied") { emptying() },
            Situation("forward: a second reload waits") {
                var stage = reloading()
                stage.reload(2)
                return stage
            },
            Situation("back: candidate launching") { goingBack() },
            Situation("back: a second reload waits") {
                var stage = goingBack()
                stage.reload(2)
                return stage
            },
            Situation("serving: the settled generation can't come back") { stuck() },
        ]
    }

    private static var ends: [Situation] {
        [
            Situation("stopping") {
                var stage = Stage.serving(workers: 2)
                stage.stop()
                return stage
            },
            Situation("stopping: one is killed") {
                var stage = Stage.serving(workers: 2)
                stage.stop()
                stage.says(1, .extendTimeout(.seconds(60)))
                stage.after(.seconds(10))
                return stage
            },
            Situation("ended: stopped") {
                var stage = Stage.serving()
                stage.stop()
                stage.exits(0)
                return stage
            },
            Situation("ended: finished") {
                var stage = Stage.serving { $0.restart = .no }
                stage.exits(0, .exited(0))
                return stage
            },
        ]
    }
}

extension Strike {
    static let onPools = [
        Strike(name: "start") { _ in .start },
        Strike(name: "SIGHUP") { _ in .reloadRequested(nil) },
        Strike(name: "reload 9") { _ in .reloadRequested(9) },
        Strike(name: "configuration of 3") { _ in .configurationRead(.test(workers: 3)) },
        Strike(name: "configuration of 1") { _ in .configurationRead(.test(workers: 1)) },
        Strike(name: "configuration refused") { _ in .configurationRefused("web.conf:3: no") },
        Strike(name: "pause 8") { _ in .pauseRequested(8) },
        Strike(name: "resume 8") { _ in .resumeRequested(8) },
        Strike(name: "abort 8") { _ in .abortRequested(8) },
        Strike(name: "restart 7 of slot 0") { _ in .restartRequested(7, 0) },
        Strike(name: "restart 7 of all") { _ in .restartRequested(7, nil) },
        Strike(name: "signal 6 to slot 0") { _ in .signalRequested(6, 0, .user1) },
        Strike(name: "one worker more") { _ in .scaleRequested(.by(1)) },
        Strike(name: "one worker") { _ in .scaleRequested(.to(1)) },
        Strike(name: "stop") { _ in .stopRequested },
        Strike(name: "stranger ready") { .noticed($0, .ready) },
        Strike(name: "stranger exits") { .exited($0, .exited(1)) },
        Strike(name: "stranger launched") { .launched($0) },
        Strike(name: "stranger not launched") { .launchFailed($0, .refused("no")) },
        Strike(name: "another master after 5s") { _ in
            .resumed(.test(after: .seconds(5)), watchdogInterval: .seconds(10))
        },
        deadline,
    ]
}
