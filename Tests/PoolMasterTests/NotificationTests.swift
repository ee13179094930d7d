// What the service manager hears, in order: golden transcripts of whole lives.

import Glibc
import LinuxKernel
import PoolWire
import Testing

@Suite struct NotificationTests {
    /// A new release that does not come up.
    struct BrokenRelease: CustomTestStringConvertible {
        let testDescription: String
        /// The file, but for its [Socket].
        let script: Script
        /// What martletctl says.
        let sentence: String
        /// What is heard from the reload on; the status shows `failure` from then on.
        let golden: String
        let failure: String
    }

    static let brokenReleases = [
        BrokenRelease(
            testDescription: "wrong configuration", script: Script(worker: ["KilSignal=INT"]),
            sentence: "POOL: reload failed: FILE:7: [Worker] unknown directive \"KilSignal\" (did "
                + "you mean KillSignal?); generation 2 serves on",
            golden: """
                READY=1
                """,
            failure: "reload refused: FILE:7: [Worker] unknown directive \"KilSignal\" (did you "
                + "mean KillSignal?)"),
        BrokenRelease(
            testDescription: "not executable", script: Script(command: "/etc/passwd"),
            sentence: "POOL: reload failed: worker 0 could not be started: could not execute "
                + "/etc/passwd: Permission denied (EACCES); generation 2 serves on",
            golden: """
                EXTEND_TIMEOUT_USEC=96 s
                STATUS=gen 3: 0/1 ready, 1 starting; 1 of gen 2 serves
                READY=1
                """,
            failure: "reload to gen 3 failed: worker 0 could not be started: could not execute "
                + "/etc/passwd: Permission denied (EACCES)"),
        BrokenRelease(
            testDescription: "exits at its start", script: Script(1, "exit:7"),
            sentence: "POOL: reload failed: worker 0 exited with status 7; generation 2 serves on",
            golden: """
                EXTEND_TIMEOUT_USEC=96 s
                STATUS=gen 3: 0/1 ready, 1 starting; 1 of gen 2 serves
                READY=1
                """,
            failure: "reload to gen 3 failed: worker 0 exited with status 7"),
        BrokenRelease(
            testDescription: "never ready",
            script: Script(1, "log:up", "wait", worker: ["TimeoutStartSec=1"]),
            sentence: "POOL: reload failed: worker 0 was not ready within # s; generation 2 serves "
                + "on",
            golden: """
                EXTEND_TIMEOUT_USEC=7 s
                STATUS=gen 3: 0/1 ready, 1 starting; 1 of gen 2 serves
                EXTEND_TIMEOUT_USEC=15 s
                STATUS=gen 2: 1/1 ready, 1 draining; reload to gen 3 failed: worker 0 was not ready within # s
                READY=1
                """,
            failure: "reload to gen 3 failed: worker 0 was not ready within # s"),
        BrokenRelease(
            testDescription: "ready, then dies",
            script: Script(1, "ready", "wait:0.05", "exit:3", pool: ["RolloutSettleSec=20"]),
            sentence: "POOL: reload failed: worker 0 exited with status 3; generation 2 serves on",
            golden: """
                EXTEND_TIMEOUT_USEC=115 s
                STATUS=gen 3: 0/1 ready, 1 starting; 1 of gen 2 serves
                STATUS=gen 3: 1/1 ready; 1 of gen 2 serves
                READY=1
                """,
            failure: "reload to gen 3 failed: worker 0 exited with status 3"),
    ]

    private static let start = """
        EXTEND_TIMEOUT_USEC=95 s
        STATUS=gen 1: 0/1 ready, 1 starting
        READY=1
        STATUS=gen 1: 1/1 ready
        """

    private static let goodReload = """
        EXTEND_TIMEOUT_USEC=95 s
        STATUS=gen 2: 0/1 ready, 1 starting; 1 of gen 1 serves
        STATUS=gen 2: 1/1 ready; 1 of gen 1 serves
        READY=1
        STATUS=gen 2: 1/1 ready, 1 draining
        STATUS=gen 2: 1/1 ready
        """

    private static func end(_ failure: String) -> String {
        """
        STATUS=gen 2: 1/1 ready; \(failure)
        STOPPING=1
        EXTEND_TIMEOUT_USEC=15 s
        STATUS=stopping: 1 draining; \(failure)
        STATUS=the pool has stopped; nothing is left of it
        """
    }

    @Test(.played, arguments: brokenReleases)
    func aLifeIsToldStepByStep(release: BrokenRelease) throws {
        try Stage.play { stage in
            let master = try stage.raise(Script(pool: ["RolloutSettleSec=200ms"]))
            let first = try Self.reload(stage)
            #expect(first.status == .exited(0))
            #expect(first.sentence == "POOL: generation 2 is serving (1/1 ready)")
            try stage.awaitStatus("gen 2: 1/1 ready", after: first.end)

            try stage.write(release.script)
            let second = try Self.reload(stage)
            #expect(second.status == .exited(1))
            #expect(second.sentence == release.sentence)
            try stage.wait("the failure is shown") {
                stage.saidByMaster.last?.hasPrefix("STATUS=gen 2: 1/1 ready; ") == true
            }

            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
            let golden = [Self.start, Self.goodReload, release.golden, Self.end(release.failure)]
            #expect(stage.transcript == golden.joined(separator: "\n"))
            let stopping = try stage.place(of: "STOPPING=1")
            #expect(try stage.place(of: "puppet 0/2 got INT") > stopping)
        }
    }

    /// Reloads with martletctl; the reload is over for the service manager by the time of the verdict.
    private static func reload(
        _ stage: Stage
    ) throws -> (status: ProcessExit?, sentence: String, end: Int) {
        let begin = stage.record.count
        let running = try stage.reload()
        stage.listen()
        let end = try #require(
            stage.record.indices.dropFirst(begin).first { stage.record[$0].text == "READY=1" },
            "the verdict came before READY=1")
        let sentence = stage.normalised(running.errorLines.first ?? running.lines.last ?? "")
        return (running.exit, sentence, end)
    }

    /// One that somebody waits for is the business of `ExecReload=`: see the case `survives-kill`.
    @Test(.played)
    func aReloadThatNobodyWaitsForIsTold() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script(pool: ["RolloutSettleSec=0"]))
            try stage.awaitStatus("gen 1: 1/1 ready")
            let begin = stage.record.count
            let beginTime = MonotonicClock.now() / 1_000
            try master.signal(SIGHUP)
            try stage.awaitStatus("gen 2: 1/1 ready", after: begin)
            let heard = stage.record[begin...]
            let reloading = try #require(heard.first { $0.text.hasPrefix("RELOADING=1\n") })
            let said = try #require(reloading.monotonic)
            #expect(said >= beginTime && said <= reloading.time / 1_000)
            #expect(heard.contains { $0.text == "READY=1" && $0.time > reloading.time })
        }
    }

    @Test(.played)
    func theVerdictComesAfterReady() throws {
        try Stage.play { stage in
            _ = try stage.raise(Script())
            try stage.awaitStatus("gen 1: 1/1 ready")
            try stage.write(Script(worker: ["KilSignal=INT"]))
            let client = try Client(stage)
            try stage.deafened {
                try client.send(ControlRequest.reload(.result))
                // The master waits with READY=1.
                stage.listen(forMilliseconds: 200)
                try client.read()
                #expect(client.replies.isEmpty)
                stage.takeNotification()
                guard case .refused(.reloadFailed) = try client.answer(to: .reload(.result)) else {
                    throw Surprise("no verdict")
                }
            }
            try stage.wait("READY=1 is heard") {
                stage.saidByMaster.filter { $0 == "READY=1" }.count == 2
            }
        }
    }

    @Test(.played)
    func noWorkerGetsASignalBeforeTheManagerIsTold() throws {
        try Stage.play { stage in
            let script = Script(worker: ["Type=exec"], command: "/bin/sleep infinity")
            let master = try stage.raise(script)
            try stage.awaitStatus("gen 1: 1/1 ready")
            let worker = try #require(ProcessTable.children(of: master.pid).first)
            try stage.deafened {
                try master.signal(SIGTERM)
                // The master waits with STOPPING=1. A signal would end the worker in this time.
                stage.listen(forMilliseconds: 200)
                #expect(ProcessTable.exists(worker))
            }
            #expect(try stage.awaitExit(master) == .exited(0))
            #expect(stage.saidByMaster.contains("STOPPING=1"))
        }
    }

    @Test(.played)
    func thePoolIsReadyOnlyAfterItsLastWorker() throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            let script = Script(3, "gate:gate", "ready", "wait")
            _ = try stage.begin(script)
            for slot in 0..<3 { try stage.await("puppet \(slot)/1 waits at gate") }
            for ready in 1...3 {
                #expect(!stage.saidByMaster.contains("READY=1"))
                try stage.open("gate")
                let resting = ready < 3 ? ", \(3 - ready) starting" : ""
                try stage.awaitStatus("gen 1: \(ready)/3 ready\(resting)")
            }
            let ready = try stage.place(of: "READY=1")
            for slot in 0..<3 {
                #expect(try stage.place(of: "puppet \(slot)/1 ready") < ready)
            }
        }
    }

    @Test(.played)
    func aWorkerThatNeedsLongerIsGivenTimeAndTheManagerIsTold() throws {
        try Stage.play { stage in
            let script = Script(
                1, "notify:EXTEND_TIMEOUT_USEC=200000000", "wait:1.2", "ready", "wait",
                worker: ["TimeoutStartSec=1"])
            _ = try stage.raise(script)
            #expect(
                stage.transcript.hasPrefix(
                    """
                    EXTEND_TIMEOUT_USEC=6 s
                    STATUS=gen 1: 0/1 ready, 1 starting
                    EXTEND_TIMEOUT_USEC=205 s
                    READY=1
                    """))
        }
    }

    @Test(
        .played,
        arguments: [
            (
                Script(2, "exit:5", worker: ["RestartSec=10ms"]),
                "exited with status 5, after 5 starts"
            ),
            (Script(2, "die:SEGV", worker: ["Restart=no"]), "Restart= wants it no more"),
            (
                Script(1, "wait", worker: ["TimeoutStartSec=200ms", "StartLimitBurst=1"]),
                "was not ready"
            ),
            (Script(1, command: "/nowhere/at/all"), "could not execute"),
        ])
    func aStartThatFailsIsNeverReady(script: Script, reason: String) throws {
        try Stage.play { stage in
            let master = try stage.begin(script)
            #expect(try stage.awaitExit(master) == .exited(69))
            #expect(!stage.saidByMaster.contains("READY=1"))
            #expect(stage.saidByMaster.contains("STOPPING=1"))
            let sentence = master.errorLines.first { $0.contains("the pool could not start") }
            #expect(try #require(sentence).contains(reason), "\(stage.story)")
        }
    }
}

extension Stage.Datagram {
    fileprivate var monotonic: Int64? {
        text.split(separator: "\n").first { $0.hasPrefix("MONOTONIC_USEC=") }
            .flatMap { String($0).number(after: "=") }
    }
}
