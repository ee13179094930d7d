// A pool at a terminal: what a person sees, and that nothing outlives the master.

import Glibc
import LinuxKernel
import Testing

@Suite struct ForegroundTests {
    @Test(.played)
    func everyLineOfAWorkerHasItsTagAndNoEscapeCodesOffATerminal() throws {
        try Stage.play { stage in
            let script = Script(2, "print:one\\ntwo\\n\\nunfinished", "ready", "wait")
            let master = try stage.begin(script)
            try stage.wait("the lines are passed on") {
                (0..<2).allSatisfy { slot in
                    master.errorLines.contains("\(stage.pool)/\(slot) two")
                }
            }
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
            for slot in 0..<2 {
                let tag = "\(stage.pool)/\(slot) "
                let lines = master.errors.split(separator: "\n", omittingEmptySubsequences: false)
                    .map(String.init).filter { $0.hasPrefix(tag) }
                #expect(lines == ["\(tag)one", "\(tag)two", "\(tag)", "\(tag)unfinished"])
            }
            #expect(
                master.errorLines.allSatisfy {
                    $0.hasPrefix("martlet \(stage.pool): ") || $0.hasPrefix("\(stage.pool)/")
                }, "\(master.errors)")
            #expect(!master.errors.contains("\u{1b}") && master.output.isEmpty)
        }
    }

    @Test(
        .played,
        arguments: [
            (["TERM": "xterm"], true), (["TERM": "xterm", "NO_COLOR": "1"], false),
            (["TERM": "dumb"], false),
        ])
    func thereAreColoursOnATerminalThatWantsThem(variables: [String: String], wants: Bool) throws {
        try Stage.play { stage in
            let script = Script(1, "print:hello\\n", "ready", "wait")
            let master = try stage.begin(script, variables: variables, outlet: .terminal)
            try stage.wait("the line is passed on") { master.output.contains("hello\r\n") }
            try stage.await("READY=1")
            #expect(master.output.contains("\u{1b}[") == wants)
            let tag = wants ? "\u{1b}[36m\(stage.pool)/0\u{1b}[0m" : "\(stage.pool)/0"
            #expect(master.output.contains("\(tag) hello\r\n"), "\(stage.story)")
        }
    }

    @Test(.played)
    func noWorkerOutlivesAMasterThatIsKilled() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script(3))
            let workers = ProcessTable.children(of: master.pid)
            #expect(workers.count == 3)
            try master.signal(SIGKILL)
            #expect(try stage.awaitExit(master) == .signaled(SIGKILL, coreDumped: false))
            for slot in 0..<3 { try stage.await("puppet \(slot)/1 got INT") }
            try stage.wait("they are gone") { !workers.contains(where: ProcessTable.exists) }
            // The next master of that name takes over what is left in the runtime directory.
            let next = try stage.begin()
            try stage.await("READY=1", times: 2)
            #expect(try stage.report().pid == next.pid)
            let sockets = try #require(try FileSystem.listDirectory(stage.runDirectory))
            #expect(sockets.sorted() == ["control", "notify.0.1", "notify.1.2", "notify.2.3"])
        }
    }

    @Test(.played)
    func aCommandLineIsAPool() throws {
        try Stage.play { stage in
            let puppet = "\(Fixture.root)/Tests/Fixtures/puppet.py"
            let master = try stage.begin([
                "--listen", "127.0.0.1:0", "-l", "@\(stage.pool)", "--workers", "2", "--name",
                stage.pool, "--type", "notify", "--", "python3", "-IS", puppet, "tell",
                "log:%i $HOME", "ready", "wait",
            ])
            try stage.await("READY=1")
            let report = try stage.report()
            #expect(report.listeners.map(\.kind) == ["stream", "stream"])
            #expect(report.listeners[1].address == "@\(stage.pool)")
            #expect(report.configuration == nil && report.wanted == 2)
            // Words of a command line are taken as they are.
            for slot in 0..<2 { try stage.await("puppet \(slot)/1 %i $HOME") }
            // HUP starts the same command anew.
            try master.signal(SIGHUP)
            try stage.awaitStatus("gen 2: 2/2 ready", after: stage.record.count)
        }
    }

    @Test(.played, arguments: [SIGTERM, SIGINT])
    func aStoppedTerminalHoldsUpWorkersAndNotTheMaster(signal: Int32) throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            let script = Script(2, "ready", "gate:gate", "shout:400000", "wait")
            let master = try stage.begin(script, outlet: .stoppedTerminal)
            for slot in 0..<2 { try stage.await("puppet \(slot)/1 waits at gate") }
            for _ in 0..<2 { try stage.open("gate") }
            for slot in 0..<2 { try stage.await("puppet \(slot)/1 shouts") }
            stage.listen(forMilliseconds: 200)
            let begin = try #require(ProcessUsage.read(pid: master.pid)?.processorNanoseconds)
            for _ in 0..<10 {
                #expect(try stage.report().ready == 2)
                // The master has things to say as well.
                try master.signal(SIGUSR1)
                stage.listen(forMilliseconds: 30)
            }
            let spent = try #require(ProcessUsage.read(pid: master.pid)?.processorNanoseconds)
            #expect(spent - begin < 150_000_000, "the loop spins")
            #expect(!stage.saidByPuppets.contains { $0.hasSuffix("has shouted") })
            // It can be stopped; what is left to say is said when somebody looks.
            try master.signal(signal)
            for slot in 0..<2 { try stage.await("puppet \(slot)/1 got INT") }
            stage.look(at: master)
            #expect(try stage.awaitExit(master) == .exited(0))
            #expect(master.output.contains("the pool has stopped"))
        }
    }
}
