// Workers that end, hang or can't be started, and what becomes of their slots.

import Glibc
import LinuxKernel
import Testing

@Suite struct SupervisionTests {
    @Test(.played, arguments: [SIGKILL, SIGSEGV, SIGTERM])
    func aWorkerThatIsKilledIsReplacedAtOnce(signal: Int32) throws {
        try Stage.play { stage in
            let script = Script(2, worker: ["RestartSec=20"])
            let master = try stage.raise(script)
            let before = try stage.descriptorsAtRest(master)
            let worker = try #require(try stage.report().workers.first { $0.slot == 1 })
            kill(try #require(worker.pid), signal)
            try stage.await("puppet 1/1 ready", times: 2)
            try stage.expectDescriptors(before, of: master)
            let replaced = try #require(try stage.report().workers.first { $0.slot == 1 })
            #expect(replaced.restarts == 1 && replaced.pid != worker.pid)
            #expect(replaced.incarnation == 3)
            let untouched = try #require(try stage.report().workers.first { $0.slot == 0 })
            #expect(untouched.restarts == 0)
        }
    }

    @Test(.played)
    func aCrashLoopBacksOffAndRestsAtTheStartLimitAndTheStatusSaysWhen() throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            let script = Script(
                1, "gate:gate", "ready", "gate:gate", "exit:9",
                worker: [
                    "RestartSec=200ms", "RestartSteps=1", "RestartMaxDelaySec=400ms",
                    "StartLimitIntervalSec=30", "StartLimitBurst=4",
                ])
            let master = try stage.begin(script)
            for turn in 0..<4 {
                try stage.await("puppet 0/1 waits at gate", times: turn * 2 + 1)
                try stage.open("gate")
                try stage.await("puppet 0/1 waits at gate", times: turn * 2 + 2)
                try stage.open("gate")
            }
            try stage.wait("the slot rests") {
                stage.saidByMaster.last == "STATUS=gen 1: 0/1 ready, 1 resting"
            }
            let began = stage.record.filter { $0.text == "puppet 0/1 ready" }.map(\.time)
            let gaps = zip(began, began.dropFirst()).map { ($1 - $0) / 1_000_000 }
            // At once, then RestartSec=, then RestartMaxDelaySec=.
            #expect(gaps.count == 3 && gaps[1] >= 200 && gaps[2] >= 400, "gaps in ms: \(gaps)")

            let report = try #require(try stage.report().workers.first)
            #expect(report.state == "resting" && report.pid == nil && report.restarts == 3)
            #expect(report.lastReason == "exited with status 9")
            let next = try #require(report.nextStartSeconds)
            #expect(next > 5 && next < 30)
            let text = try stage.martletctl("status", stage.pool)
            #expect(text.exit == .exited(0))
            #expect(text.output.contains("0/1 ready, 1 resting"))
            let line = try #require(text.lines.last)
            #expect(line.contains("resting (") && line.contains("exited with status 9"))
            #expect(master.errors.contains("was started 4 times within 30 s; it rests for"))

            // A reload is a new start in life.
            try stage.write(Script())
            #expect(try stage.reload().exit == .exited(0))
            #expect(try stage.report().ready == 1)
        }
    }

    @Test(.played)
    func theStartLimitLetsTheSlotGoOnWhenTheWindowHasRoom() throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            let script = Script(
                1, "ready", "gate:gate", "exit:1",
                worker: ["RestartSec=0", "StartLimitIntervalSec=1500ms", "StartLimitBurst=2"])
            _ = try stage.raise(script)
            for turn in 1...2 {
                try stage.await("puppet 0/1 waits at gate", times: turn)
                try stage.open("gate")
            }
            try stage.awaitStatus("gen 1: 0/1 ready, 1 resting")
            try stage.await("puppet 0/1 ready", times: 3)
            let began = stage.record.filter { $0.text == "puppet 0/1 ready" }.map(\.time)
            #expect(began[2] - began[0] >= 1_400_000_000)
        }
    }

    // MARK: The worker's watchdog

    @Test(.played)
    func aWorkerThatFallsSilentGetsItsSignalAndIsReplaced() throws {
        try Stage.play { stage in
            let script = Script(
                1, "hear:ABRT", "ready", "beat:10", "log:silent", "wait",
                worker: ["WatchdogSec=500ms", "TimeoutStopSec=300ms", "StartLimitBurst=0"])
            let master = try stage.raise(script)
            try stage.await("puppet 0/1 got ABRT")
            // Ten beats a tenth of a second apart carry it over the interval.
            let silent = try stage.place(of: "puppet 0/1 silent")
            #expect(try stage.place(of: "puppet 0/1 got ABRT") > silent)
            // The slot does not wait for the old one, which lives on and is killed.
            try stage.await("puppet 0/1 ready", times: 2)
            try stage.wait("the one that hangs is killed") {
                master.errors.contains("has left: it was killed by SIGKILL")
            }
            #expect(master.errors.contains("hangs: it sent no heartbeat for 500 ms"))
            let place = try stage.place(of: "puppet 0/1 got ABRT")
            #expect(stage.record[..<place].filter { $0.text == "puppet 0/1 ready" }.count == 1)
        }
    }

    @Test(.played)
    func aStoppedWorkerIsKilledByTheWatchdogWithItsDescendants() throws {
        try Stage.play { stage in
            let script = Script(
                1, "child", "ready", "beat:300",
                worker: ["WatchdogSec=1", "WatchdogSignal=KILL", "StartLimitBurst=0"])
            let master = try stage.raise(script)
            try stage.wait("the child is there") {
                stage.saidByPuppets.contains { $0.hasPrefix("0/1 child ") }
            }
            let child = try #require(
                Int32(stage.saidByPuppets.first { $0.hasPrefix("0/1 child ") }?.dropFirst(10) ?? "")
            )
            let worker = try #require(try stage.report().workers.first?.pid)
            kill(worker, SIGSTOP)
            try stage.await("puppet 0/1 ready", times: 2)
            try stage.wait("the old ones are gone") {
                !ProcessTable.exists(worker) && !ProcessTable.exists(child)
            }
            #expect(master.exit == nil)
        }
    }

    @Test(.played, arguments: ["notify:WATCHDOG=trigger", "notify:STOPPING=1"])
    func aWorkerThatSaysSoIsReplacedWhileItLeaves(step: String) throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            let script = Script(
                1, "hear:ABRT", "ready", "gate:gate", step, "wait",
                worker: ["TimeoutStopSec=500ms", "StartLimitBurst=0"])
            let master = try stage.raise(script)
            try stage.await("puppet 0/1 waits at gate")
            try stage.open("gate")
            try stage.await("puppet 0/1 waits at gate", times: 2)
            try stage.wait("the first one is killed") {
                master.errors.contains("has left: it was killed by SIGKILL")
            }
            #expect(stage.saidByPuppets.contains("0/1 got ABRT") == step.hasSuffix("trigger"))
            #expect(try stage.report().workers.first?.restarts == 1)
        }
    }

    // MARK: Notifications of workers

    @Test(.played)
    func aGrandchildMaySayThatTheWorkerIsReady() throws {
        try Stage.play { stage in
            _ = try stage.raise(Script(2, "grandchild-ready", "notify:STATUS=a b\\u0007c", "wait"))
            try stage.wait("what they say is shown") {
                try stage.report().workers.allSatisfy { $0.statusText != nil }
            }
        }
    }

    @Test(.played)
    func aFloodOfGarbageHoldsNobodyUp() throws {
        try Stage.play { stage in
            let settle = ["RolloutSettleSec=0"]
            let master = try stage.raise(Script(2, "flood-in:0", "ready", "wait", pool: settle))
            try stage.await("puppet 0/1 floods")
            let memory = ProcessTable.memory(of: master.pid)
            for _ in 0..<20 {
                let begin = MonotonicClock.now()
                #expect(try stage.report().ready == 2)
                #expect(MonotonicClock.now() - begin < 2_000_000_000)
            }
            // Another worker gets ready beside it, and a rollout ends it.
            let other = try #require(try stage.report().workers.first { $0.slot == 1 }?.pid)
            kill(other, SIGKILL)
            try stage.await("puppet 1/1 ready", times: 2)
            stage.expectMemory(memory, of: master, growth: 2_048)
            try stage.write(Script(2, pool: settle))
            #expect(try stage.reload().exit == .exited(0))
        }
    }

    @Test(.played)
    func descriptorsThatAWorkerSendsAreNotKept() throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            let script = Script(1, "ready", "gate:gate", "descriptors:20", "wait")
            let master = try stage.raise(script)
            let before = try stage.descriptorsAtRest(master)
            try stage.open("gate")
            try stage.await("puppet 0/1 gave descriptors")
            try stage.expectDescriptors(before, of: master)
        }
    }
}
