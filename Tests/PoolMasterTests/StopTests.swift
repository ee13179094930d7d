// The end of a pool in each of its phases, and the ladder of signals for a worker that does not go.

import Glibc
import LinuxKernel
import Testing

@Suite struct StopTests {
    @Test(.played, arguments: [SIGTERM, SIGINT, SIGQUIT])
    func aStopWhileWorkersStartEndsThem(signal: Int32) throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            let master = try stage.begin(Script(3, "gate:gate", "ready", "wait"))
            for slot in 0..<3 { try stage.await("puppet \(slot)/1 waits at gate") }
            try master.signal(signal)
            #expect(try stage.awaitExit(master) == .exited(0))
            #expect(!stage.saidByMaster.contains("READY=1"))
            let stopping = try stage.place(of: "STOPPING=1")
            for slot in 0..<3 {
                #expect(try stage.place(of: "puppet \(slot)/1 got INT") > stopping)
            }
        }
    }

    @Test(.played)
    func aStopDuringARolloutEndsBothGenerationsAndTheReloadFails() throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            let master = try stage.raise(Script(2))
            try stage.write(Script(2, "gate:gate", "ready", "wait"))
            let reload = try stage.beginMartletctl("reload", stage.pool)
            try stage.await("puppet 0/2 waits at gate")
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(reload) == .exited(69))
            #expect(reload.errors.contains("the pool is being stopped"))
            #expect(try stage.awaitExit(master) == .exited(0))
            let stopping = try stage.place(of: "STOPPING=1")
            for puppet in ["0/1", "1/1", "0/2"] {
                #expect(try stage.place(of: "puppet \(puppet) got INT") > stopping)
            }
            #expect(stage.saidByMaster.last == "STATUS=the pool has stopped; nothing is left of it")
        }
    }

    @Test(.played)
    func aStopWhileAnOldWorkerDrainsWaitsForThatOneToo() throws {
        try Stage.play { stage in
            let settle = ["RolloutSettleSec=0"]
            try stage.makeGate("gate")
            // Its second step after the signal is to pass the gate.
            let old = Script(1, "hear:INT", "ready", "gate:gate", "log:done", pool: settle)
            let master = try stage.raise(old)
            try stage.await("puppet 0/1 waits at gate")
            try stage.write(Script(1, pool: settle))
            #expect(try stage.reload().exit == .exited(0))
            try stage.await("puppet 0/1 got INT")
            try master.signal(SIGTERM)
            try stage.awaitStatus("stopping: 1 draining")
            #expect(master.exit == nil)
            try stage.open("gate")
            #expect(try stage.awaitExit(master) == .exited(0))
            #expect(stage.saidByPuppets.filter { $0 == "0/1 got INT" }.count == 1)
            #expect(stage.saidByPuppets.contains("0/1 done"))
        }
    }

    @Test(.played)
    func aStopWhileARolloutGoesBackEndsEverything() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script(2))
            // The candidate fails and does not go, so the way back is not over.
            try stage.write(
                Script(
                    2, "deaf:INT", "log:up", "wait",
                    worker: ["TimeoutStartSec=300ms", "TimeoutStopSec=60"]))
            let reload = try stage.beginMartletctl("reload", stage.pool)
            try stage.wait("the rollout goes back") {
                try stage.report().rollout?.stage == "back"
            }
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(reload) == .exited(69))
            for slot in 0..<2 { try stage.await("puppet \(slot)/1 got INT") }
            try stage.wait("the old workers have left") {
                stage.saidByMaster.last?.hasPrefix("STATUS=stopping: 1 draining; reload to") == true
            }
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
        }
    }

    @Test(.played)
    func aReloadThatIsAskedForWhileThePoolStopsFails() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script(1, "hear:INT", "ready", "wait"))
            try master.signal(SIGTERM)
            try stage.await("puppet 0/1 got INT")
            for arguments in [["reload"], ["reload", "--no-wait"]] {
                let reload = try stage.run(
                    "martletctl", try Fixture.program("martletctl"), arguments + [stage.pool])
                #expect(reload.exit == .exited(69))
                #expect(reload.errors.contains("the pool is being stopped"))
            }
            #expect(try stage.report().state == "stopping")
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
        }
    }

    @Test(.played)
    func aSecondSignalSkipsTheWait() throws {
        try Stage.play { stage in
            let script = Script(2, "hear:INT", "ready", "wait", worker: ["TimeoutStopSec=infinity"])
            let master = try stage.raise(script)
            try master.signal(SIGTERM)
            for slot in 0..<2 { try stage.await("puppet \(slot)/1 got INT") }
            let second = MonotonicClock.now()
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
            #expect(MonotonicClock.now() - second < 5_000_000_000)
            #expect(master.errors.contains("a second stop was asked for"))
        }
    }

    @Test(.played)
    func aWorkerThatDoesNotGoClimbsTheWholeLadder() throws {
        try Stage.play { stage in
            // A puppet that is held up hears both at once, and first the one of the lower number.
            let script = Script(
                1, "hear:QUIT", "hear:USR1", "deaf:INT", "deaf:TERM", "ready", "wait",
                worker: ["KillSignal=QUIT", "FinalKillSignal=USR1", "TimeoutStopSec=300ms"])
            let master = try stage.raise(script)
            let began = MonotonicClock.now()
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
            #expect(stage.saidByPuppets == ["0/1 ready", "0/1 got QUIT", "0/1 got USR1"])
            let first = try #require(stage.record.first { $0.text == "puppet 0/1 got QUIT" }).time
            let second = try #require(stage.record.first { $0.text == "puppet 0/1 got USR1" }).time
            #expect(second - began >= 300_000_000 && first < second)
            #expect(MonotonicClock.now() - began >= 600_000_000)
            #expect(master.errors.contains("has left: it was killed by SIGKILL"))
        }
    }

    @Test(.played)
    func theRetiredWorkerOfARolloutClimbsTheLadderWhileTheNewOneServes() throws {
        try Stage.play { stage in
            let settle = ["RolloutSettleSec=0"]
            let stubborn = Script(
                1, "hear:INT", "child", "ready", "wait", pool: settle,
                worker: ["TimeoutStopSec=2s"])
            let master = try stage.raise(stubborn)
            let child = try Self.childOfPuppet(stage)
            try stage.write(Script(1, pool: settle))
            #expect(try stage.reload().exit == .exited(0))
            // The verdict does not wait for the old worker.
            #expect(try stage.report().workers.map(\.state).sorted() == ["ready", "stopping"])
            try stage.wait("the old worker is killed") {
                master.errors.contains("generation 1 has left: it was killed by SIGKILL")
            }
            try stage.wait("its descendant, too") { !ProcessTable.exists(child) }
        }
    }

    @Test(.played, arguments: ["exit:0", "die:SEGV", "wait"])
    func descendantsGoWithTheirWorker(end: String) throws {
        try Stage.play { stage in
            let script = Script(1, "child", "ready", "wait:0.1", end, worker: ["Restart=no"])
            let master = try stage.raise(script)
            let child = try Self.childOfPuppet(stage)
            if end == "wait" { try master.signal(SIGTERM) }
            let exit = try stage.awaitExit(master)
            #expect(exit == .exited(end == "die:SEGV" ? 1 : 0))
            try stage.wait("the descendant is gone") { !ProcessTable.exists(child) }
        }
    }

    private static func childOfPuppet(_ stage: Stage) throws -> Int32 {
        try stage.wait("the puppet has a child") {
            stage.saidByPuppets.contains { $0.hasPrefix("0/1 child ") }
        }
        let line = try #require(stage.saidByPuppets.first { $0.hasPrefix("0/1 child ") })
        let pid = try #require(Int32(line.dropFirst("0/1 child ".count)))
        #expect(ProcessTable.exists(pid))
        return pid
    }

    @Test(.played)
    func whatAWorkerSaidBeforeItEndedCounts() throws {
        try Stage.play { stage in
            let script = Script(1, "ready", "exit:0", worker: ["Restart=no"])
            let master = try stage.begin(script)
            #expect(try stage.awaitExit(master) == .exited(0))
            #expect(stage.saidByMaster.contains("READY=1"))
        }
    }

    @Test(.played, arguments: [("exit:0", Int32(0)), ("exit:4", 1)])
    func aPoolWhoseWorkersAreDoneEndsByItself(last: String, status: Int32) throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            let script = Script(2, "ready", "gate:gate", last, worker: ["Restart=no"])
            let master = try stage.raise(script)
            for slot in 0..<2 { try stage.await("puppet \(slot)/1 waits at gate") }
            for _ in 0..<2 { try stage.open("gate") }
            #expect(try stage.awaitExit(master) == .exited(status))
            let stopping = try stage.place(of: "STOPPING=1")
            #expect(try stage.place(of: "READY=1") < stopping)
        }
    }
}
