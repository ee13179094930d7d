// The agent of a real pool: what it is given, and when it comes and goes.

import Glibc
import LinuxKernel
import Testing

@Suite struct AgentTests {
    private static func script(_ steps: String..., lines: [String] = []) -> Script {
        var script = Script(2, "ready", "wait", pool: ["RolloutSettleSec=0"])
        script.agent = (steps, lines)
        return script
    }

    @Test(.played)
    func itComesFirstAndGoesLast() throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            let master = try stage.begin(Self.script("gate:gate", "log:up", "ready", "wait"))
            try stage.await("puppet agent/1 waits at gate")
            try stage.awaitStatus("gen 1: 0/2 ready; agent starting")
            #expect(ProcessTable.children(of: master.pid).count == 1)
            try stage.open("gate")
            try stage.await("READY=1")
            try stage.awaitStatus("gen 1: 2/2 ready")
            #expect(ProcessTable.children(of: master.pid).count == 3)
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
            let ends = stage.saidByPuppets.filter { $0.hasSuffix("got INT") }
            #expect(ends.count == 3 && ends.last == "agent/1 got INT", "\(stage.story)")
            let tag = "\(stage.pool)/agent "
            #expect(master.errorLines.allSatisfy { !$0.hasPrefix(tag) }, "\(master.errors)")
        }
    }

    @Test(.played)
    func itHasNoSlotAndNoSockets() throws {
        try Stage.play { stage in
            let lines = ["Environment=NAME=%w-%g-%i", "WatchdogSec=50"]
            _ = try stage.raise(Self.script("tell", "ready", "wait", lines: lines))
            try stage.await("puppet agent/1 told")
            let told = try Files.read("\(stage.directory)/told.agent.1").split(separator: "\n")
            let pid = try #require(told.first { $0.hasPrefix("pid ") }?.dropFirst(4))
            let environment = told.filter { $0.hasPrefix("environment ") }
                .map { String($0.dropFirst(12)) }
            #expect(
                environment.sorted() == [
                    "LC_ALL=C.UTF-8", "MARTLET_AGENT=1", "MARTLET_GENERATION=1",
                    "MARTLET_POOL=\(stage.pool)", "MARTLET_STAGE=\(stage.directory)",
                    "NAME=agent-1-\(stage.pool)",
                    "NOTIFY_SOCKET=\(stage.runDirectory)/notify.agent.1099511627777",
                    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "WATCHDOG_PID=\(pid)", "WATCHDOG_USEC=50000000",
                    "XDG_RUNTIME_DIR=\(stage.directory)/session",
                ])
        }
    }

    @Test(.played)
    func itsDeathIsNobodysButItsOwn() throws {
        try Stage.play { stage in
            let script = Self.script("ready", "wait", lines: ["RestartSec=100ms"])
            let master = try stage.raise(script)
            let before = ProcessTable.children(of: master.pid)
            let report = try stage.report()
            let agent = try #require(report.agent?.pid)
            kill(agent, SIGKILL)
            try stage.wait("there is another one") {
                let now = try stage.report().agent
                return now?.state == "ready" && now?.restarts == 1 && now?.pid != agent
            }
            let after = ProcessTable.children(of: master.pid)
            #expect(Set(after).intersection(before).count == 2)
        }
    }

    @Test(.played)
    func oneThatCannotStartFailsTheStart() throws {
        try Stage.play { stage in
            let lines = ["RestartSec=0", "StartLimitBurst=2"]
            let master = try stage.begin(Self.script("exit:3", lines: lines))
            #expect(try stage.awaitExit(master) == .exited(69))
            #expect(
                master.errors.contains(
                    "the pool could not start: the agent exited with status 3, after 2 starts"),
                "\(master.errors)")
            #expect(!stage.saidByMaster.contains("READY=1"))
            #expect(stage.saidByPuppets.allSatisfy { $0.hasPrefix("agent/") })
        }
    }
}
