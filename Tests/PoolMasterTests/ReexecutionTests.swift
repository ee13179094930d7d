// A master that executes itself anew: the same process, and nobody else notices.

import Glibc
import LinuxKernel
import PoolWire
import Testing

@Suite struct ReexecutionTests {
    /// Asks for another master by SIGUSR2 and waits until it answers.
    private static func reexecute(_ stage: Stage, _ master: Running, as number: Int) throws {
        try master.signal(SIGUSR2)
        // Whoever asks before that may be cut off in the middle of an answer.
        try stage.wait("master \(number) has taken over") {
            let words = "the master has executed its program anew"
            return master.errorLines.count { $0.contains(words) } == number - 1
        }
        #expect(try stage.report().master?.number == number)
    }

    @Test(.played)
    func theWorkersStayAndAreSupervisedAsBefore() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script(3))
            let workers = ProcessTable.children(of: master.pid)
            #expect(workers.count == 3)
            for number in 2...4 { try Self.reexecute(stage, master, as: number) }
            #expect(ProcessTable.children(of: master.pid) == workers)
            let report = try stage.report()
            #expect(report.pid == master.pid && report.ready == 3 && report.generation == 1)
            // One that dies is replaced, and its end is known in full: it is a child as before.
            kill(workers[1], SIGKILL)
            try stage.wait("another one has taken its place") {
                let now = ProcessTable.children(of: master.pid)
                return now.count == 3 && !now.contains(workers[1])
            }
            try stage.wait("its end is told") { master.errors.contains("was killed by SIGKILL") }
            try master.signal(SIGHUP)
            try stage.awaitStatus("gen 2: 3/3 ready", after: 0)
            let after = ProcessTable.children(of: master.pid)
            #expect(after.allSatisfy { !workers.contains($0) })
        }
    }

    @Test(.played)
    func theHistoryGoesOn() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script(1))
            try Self.reexecute(stage, master, as: 2)
            let client = try Client(stage)
            try client.send(ControlRequest.why(slot: nil))
            let answer = try client.answer(to: .why(slot: nil))
            guard case .story(let story) = answer else {
                Issue.record("no story: \(answer)")
                return
            }
            let kinds = story.map(\.kind)
            #expect(kinds.first == "worker-started")
            #expect(kinds.last == "master-replaced")
            try client.vanish()
        }
    }

    @Test(.played)
    func outputGoesOnThroughTheNewOne() throws {
        try Stage.play { stage in
            try stage.makeGate("more")
            let script = Script(1, "ready", "gate:more", "print:later\\n", "wait")
            let master = try stage.raise(script)
            try stage.await("puppet 0/1 waits at more")
            try Self.reexecute(stage, master, as: 2)
            try stage.open("more")
            try stage.wait("the line is passed on") {
                master.errorLines.contains("\(stage.pool)/0 later")
            }
        }
    }

    @Test(.played)
    func aRolloutUnderWayComesToItsEnd() throws {
        try Stage.play { stage in
            try stage.makeGate("go")
            let master = try stage.raise(Script(2, pool: ["RolloutSurge=1"]))
            // The next generation waits to be told before it is ready.
            try stage.write(Script(2, "gate:go", "ready", "wait", pool: ["RolloutSurge=1"]))
            try master.signal(SIGHUP)
            try stage.await("puppet 0/2 waits at go")
            try Self.reexecute(stage, master, as: 2)
            #expect(try stage.report().rollout?.to == 2)
            for slot in 0..<2 {
                try stage.await("puppet \(slot)/2 waits at go")
                try stage.open("go")
            }
            try stage.awaitStatus("gen 2: 2/2 ready", after: 0)
        }
    }

    @Test(.played)
    func aProgramThatCanNotGoOnLeavesTheOldMasterRunning() throws {
        try Stage.play { stage in
            let program = "\(stage.directory)/martletd"
            let bytes = try FileSystem.readFile(try Fixture.program("martletd"), limit: 1 << 28)
            try FileSystem.writeFile(program, bytes, mode: 0o755)
            try stage.write(Script(2))
            let master = try stage.start(
                "martletd", program, ["--config", stage.configuration], isMaster: true)
            try stage.await("READY=1")
            let workers = ProcessTable.children(of: master.pid)
            // What stands there now is another program.
            try FileSystem.unlink(program)
            let script = "#!/bin/sh\necho of another form\nexit 78\n"
            try Files.write(program, script, mode: 0o755)
            try master.signal(SIGUSR2)
            try stage.wait("it says why it goes on") {
                master.errors.contains("can't go on: of another form")
            }
            let report = try stage.report()
            #expect(report.master?.number == 1 && report.ready == 2)
            #expect(ProcessTable.children(of: master.pid) == workers)
        }
    }

    @Test(.played)
    func whatTheNextMasterNeedsIsKeptAsLongAsItIsThere() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script(2))
            try Self.reexecute(stage, master, as: 2)
            kill(ProcessTable.children(of: master.pid)[0], SIGKILL)
            try stage.wait("the next one is kept, too") {
                stage.keptByMaster.contains("+martlet.worker.0.3")
                    || stage.keptByMaster.contains("+martlet.worker.1.3")
            }
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
            let all = stage.keptByMaster
            #expect(all.first == "+martlet.state" && all.last == "-martlet.state")
            #expect(all.filter { $0 == "+martlet.worker.0.1" }.count == 1)
            let kept = Set(all.filter { $0.hasPrefix("+") }.map { $0.dropFirst() })
            let forgotten = Set(all.filter { $0.hasPrefix("-") }.map { $0.dropFirst() })
            #expect(kept == forgotten && kept.count == 4, "\(all)")
        }
    }
}
