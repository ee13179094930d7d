// The unit's own watchdog: heartbeats that mean that a worker serves.

import Glibc
import LinuxKernel
import Testing

@Suite struct ManagerWatchdogTests {
    @Test(.played)
    func aPoolThatServesBeatsTwiceInEachInterval() throws {
        try Stage.play { stage in
            _ = try stage.raise(Script(2), variables: ["WATCHDOG_USEC": "400000"])
            try stage.await("WATCHDOG=1", times: 8)
            let beats = stage.record.filter { $0.text == "WATCHDOG=1" }.map(\.time)
            let gaps = zip(beats, beats.dropFirst()).map { ($1 - $0) / 1_000_000 }
            // A machine with other things to do may make one late; early ones would be a fault.
            #expect(gaps.allSatisfy { $0 >= 180 }, "gaps in ms: \(gaps)")
            #expect(gaps.sorted()[gaps.count / 2] <= 300, "gaps in ms: \(gaps)")
        }
    }

    @Test(.played)
    func workersAreNotTakenForTheService() throws {
        try Stage.play { stage in
            let variables = ["WATCHDOG_USEC": "60000000", "FDSTORE": "5", "JOURNAL_STREAM": "1:2"]
            _ = try stage.raise(Script(1, "tell", "ready", "wait"), variables: variables)
            let told = try Files.read("\(stage.directory)/told.0.1")
            for name in variables.keys + ["WATCHDOG_PID"] {
                #expect(!told.contains("environment \(name)="))
            }
        }
    }

    @Test(.played)
    func thereIsNoBeatBeforeThePoolIsReady() throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            let script = Script(1, "gate:gate", "ready", "wait")
            _ = try stage.begin(script, variables: ["WATCHDOG_USEC": "100000"])
            try stage.await("puppet 0/1 waits at gate")
            // Six intervals in which a timer would beat.
            stage.listen(forMilliseconds: 300)
            #expect(!stage.saidByMaster.contains("WATCHDOG=1"))
            try stage.open("gate")
            try stage.await("WATCHDOG=1")
            let ready = try stage.place(of: "READY=1")
            #expect(try stage.place(of: "WATCHDOG=1") > ready)
        }
    }

    @Test(.played)
    func theBeatIsWithheldWhileNoWorkerServesAndComesBack() throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            // The first comes up at once, those after it when they are let.
            let script = Script(
                1, "gate:gate", "ready", "wait", worker: ["StartLimitBurst=0"])
            let master = try stage.begin(script, variables: ["WATCHDOG_USEC": "200000"])
            try stage.await("puppet 0/1 waits at gate")
            try stage.open("gate")
            try stage.await("WATCHDOG=1")
            let worker = try #require(ProcessTable.children(of: master.pid).first)
            kill(worker, SIGKILL)
            try stage.await("puppet 0/1 waits at gate", times: 2)
            let silence = stage.record.count
            stage.listen(forMilliseconds: 500)
            #expect(!stage.record[silence...].contains { $0.text == "WATCHDOG=1" })
            #expect(master.errors.contains("gets no heartbeat"))
            try stage.open("gate")
            try stage.wait("the beat comes back") {
                stage.record[silence...].contains { $0.text == "WATCHDOG=1" }
            }
        }
    }

    @Test(.played)
    func thePoolBeatsOnDuringARollout() throws {
        try Stage.play { stage in
            _ = try stage.raise(Script(1), variables: ["WATCHDOG_USEC": "200000"])
            try stage.write(Script(1, pool: ["RolloutSettleSec=700ms"]))
            let begin = stage.record.count
            #expect(try stage.reload().exit == .exited(0))
            let beats = stage.record[begin...].filter { $0.text == "WATCHDOG=1" }
            #expect(beats.count >= 4, "\(stage.story)")
        }
    }
}
