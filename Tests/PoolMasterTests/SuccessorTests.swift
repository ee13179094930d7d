// What martletctl(1) does when the master that it has asked is replaced by another one.

import Glibc
import LinuxKernel
import PoolWire
import Testing

@Suite struct SuccessorTests {
    private static func report(
        _ stage: Stage, master number: Int = 1, generation: Int = 1, workers: [UInt64] = [1, 2],
        lastFailure: String? = nil, isRolling: Bool = false
    ) -> ControlAnswer {
        let workers = workers.enumerated().map { slot, incarnation in
            WorkerReport(
                slot: slot, incarnation: incarnation, generation: generation, state: "ready",
                role: "incumbent", pid: 100 + Int32(incarnation), restarts: 0, lastReason: "ready")
        }
        let rollout = RolloutReport(
            from: generation - 1, to: generation, stage: "forward", replaced: 1, rising: [1],
            waiting: [], secondsUnderWay: 1)
        return .report(
            PoolReport(
                pool: stage.pool, state: isRolling ? "reloading" : "serving", pid: 812,
                master: MasterReport(
                    pid: 811 + Int32(number), number: number, version: "0.\(number).0",
                    secondsRunning: 1),
                generation: generation, wanted: 2, ready: 2,
                status: isRolling ? "gen \(generation): 1/2 replaced" : "gen \(generation): 2/2",
                lastFailure: lastFailure, rollout: isRolling ? rollout : nil, workers: workers,
                listeners: []))
    }

    /// Has one master vanish once it has heard a request, and the next one come after that.
    ///
    /// - Returns: How the program has ended.
    private func play(
        _ stage: Stage, _ words: [String], variables: [String: String] = [:],
        vanishAt last: ControlRequest, first: @escaping (ControlRequest) -> ControlAnswer?,
        then second: ((ControlRequest) -> ControlAnswer?)?
    ) throws -> Running {
        let former = try Understudy(stage, first)
        defer { former.clear(stage) }
        let program = try stage.start(
            "martletctl", try Fixture.program("martletctl"), words, variables: variables)
        try stage.wait("\(last) is asked for") {
            try former.serve()
            return former.heard.contains(last)
        }
        former.vanish()
        let next = try second.map { try Understudy(stage, $0) }
        try stage.wait("martletctl ends") {
            try next?.serve()
            return program.exit != nil
        }
        next?.vanish()
        return program
    }

    @Test(.played)
    func aReloadIsFollowedToItsEnd() throws {
        try Stage.play { stage in
            var looks = 0
            let program = try play(
                stage, ["reload", stage.pool], vanishAt: .reload(.progress),
                first: { $0 == .status ? Self.report(stage) : nil },
                then: { request in
                    guard request == .status else { return nil }
                    looks += 1
                    return Self.report(stage, master: 2, generation: 2, isRolling: looks < 3)
                })
            #expect(program.exit == .exited(0), "\(program.errors)")
            #expect(
                program.lines == [
                    "\(stage.pool): gen 2: 1/2 replaced",
                    "\(stage.pool): generation 2 is serving (2/2 ready)",
                ])
        }
    }

    @Test(.played)
    func aReloadThatFailsUnderTheNextMasterHasFailed() throws {
        try Stage.play { stage in
            let why = "reload to gen 2 failed: slot 0 exited with status 1"
            let program = try play(
                stage, ["reload", stage.pool], vanishAt: .reload(.progress),
                first: { $0 == .status ? Self.report(stage) : nil },
                then: {
                    $0 == .status ? Self.report(stage, master: 2, lastFailure: why) : nil
                })
            #expect(program.exit == .exited(1))
            #expect(program.errors.contains("\(why); generation 1 serves on"))
        }
    }

    @Test(.played)
    func aReloadThatNobodyKnowsOfHasToBeAskedForAgain() throws {
        try Stage.play { stage in
            let answer = { (request: ControlRequest) in
                request == .status ? Self.report(stage, lastFailure: "long ago") : nil
            }
            let program = try play(
                stage, ["reload", stage.pool], vanishAt: .reload(.progress), first: answer,
                then: answer)
            #expect(program.exit == .exited(69))
            #expect(program.errors.contains("run it again: martletctl reload \(stage.pool)"))
        }
    }

    /// systemd waits for it before it starts the next master.
    @Test(.played)
    func aControlProcessDoesNotWaitForWhoComesAfterIt() throws {
        try Stage.play { stage in
            let program = try play(
                stage, ["reload", stage.pool],
                variables: ["INVOCATION_ID": "1", "MAINPID": "\(Int32.max)"],
                vanishAt: .reload(.progress),
                first: { $0 == .status ? Self.report(stage) : nil }, then: nil)
            #expect(program.exit == .exited(69))
            #expect(
                program.errors.contains("systemd starts it again, and it goes on"),
                "\(program.errors)")
        }
    }

    /// It has executed itself anew: its process is there still.
    @Test(.played)
    func aControlProcessWaitsForWhoIsThere() throws {
        try Stage.play { stage in
            let program = try play(
                stage, ["reload", stage.pool],
                variables: ["INVOCATION_ID": "1", "MAINPID": "\(OwnProcess.pid)"],
                vanishAt: .reload(.progress),
                first: { $0 == .status ? Self.report(stage) : nil },
                then: { $0 == .status ? Self.report(stage, master: 2, generation: 2) : nil })
            #expect(program.exit == .exited(0), "\(program.errors)")
        }
    }

    @Test(.played)
    func aRestartIsFollowedToItsEnd() throws {
        try Stage.play { stage in
            var looks: UInt64 = 0
            let program = try play(
                stage, ["restart", stage.pool, "1"], vanishAt: .restart(slot: 1),
                first: { $0 == .status ? Self.report(stage) : nil },
                then: { request in
                    guard request == .status else { return nil }
                    looks += 1
                    return Self.report(stage, master: 2, workers: [1, looks < 3 ? 2 : 3])
                })
            #expect(program.exit == .exited(0), "\(program.errors)")
            #expect(program.lines.last == "\(stage.pool): worker 1 is a fresh one")
        }
    }

    @Test(.played)
    func aWaitForWorkersGoesOn() throws {
        try Stage.play { stage in
            let result = ScaleResult(wanted: 2, isEffective: true)
            let program = try play(
                stage, ["scale", "--wait", stage.pool, "2"], vanishAt: .subscribe,
                first: { request in
                    switch request {
                    case .scale: .scaled(result)
                    case .status: Self.report(stage, workers: [1])
                    default: nil
                    }
                }, then: { $0 == .status ? Self.report(stage, master: 2) : nil })
            #expect(program.exit == .exited(0), "\(program.errors)")
            #expect(program.lines.last == "\(stage.pool): 2/2 ready")
        }
    }

    // MARK: reexec, leave

    @Test(.played)
    func anotherMasterTakesOver() throws {
        try Stage.play { stage in
            let program = try play(
                stage, ["reexec", stage.pool], vanishAt: .reexec,
                first: { $0 == .status ? Self.report(stage) : .accepted },
                then: { $0 == .status ? Self.report(stage, master: 2, workers: [1, 7]) : nil })
            #expect(program.exit == .exited(0), "\(program.errors)")
            #expect(
                program.lines == [
                    "\(stage.pool): master 813 runs version 0.2.0 now; 1 of 2 workers served on"
                ])
        }
    }

    /// The exit status and the end of the sentence for a master that answers with an error.
    private static let refusals: [(error: ControlError, code: Int32, words: String)] = [
        (.notPossible(reason: "the new program is broken"), 1, ": the new program is broken"),
        (
            .other("org.varlink.service.MethodNotFound"), 76,
            "the master is of a version that can't leave its workers to another one; "
                + "run: systemctl restart martlet@"
        ),
        (.stopping, 69, "the pool is being stopped"),
    ]

    @Test(.played, arguments: ["reexec", "leave"])
    func aMasterThatRefusesGoesOn(_ verb: String) throws {
        try Stage.play { stage in
            for (error, code, words) in Self.refusals {
                let master = try Understudy(stage) {
                    $0 == .status ? Self.report(stage) : .refused(error)
                }
                defer { master.clear(stage) }
                let program = try stage.beginMartletctl(verb, stage.pool)
                try stage.wait("martletctl ends") {
                    try master.serve()
                    return program.exit != nil
                }
                #expect(program.exit == .exited(code))
                #expect(program.errors.contains(words), "\(program.errors)")
            }
        }
    }

    @Test(.played)
    func aMasterIsToldToLeaveItsWorkers() throws {
        try Stage.play { stage in
            let master = try Understudy(stage) { _ in .accepted }
            defer { master.clear(stage) }
            let program = try stage.beginMartletctl("leave", stage.pool)
            try stage.wait("martletctl ends") {
                try master.serve()
                return program.exit != nil
            }
            #expect(program.exit == .exited(0) && program.output.isEmpty)
            #expect(master.heard == [.leave])
        }
    }
}
