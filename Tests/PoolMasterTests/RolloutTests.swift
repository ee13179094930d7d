// Reloads of real workers: what a new generation is given, and that nothing of a reload stays.

import Glibc
import LinuxKernel
import Testing

@Suite struct RolloutTests {
    /// What the puppet was given, by `tell`.
    private static func told(_ stage: Stage, _ slot: Int, _ generation: Int) throws -> [String] {
        try stage.await("puppet \(slot)/\(generation) told")
        return try Files.read("\(stage.directory)/told.\(slot).\(generation)")
            .split(separator: "\n").map(String.init)
    }

    private static func environment(_ told: [String]) -> [String] {
        told.filter { $0.hasPrefix("environment ") }.map { String($0.dropFirst(12)) }.sorted()
    }

    /// What every worker has of the stage and of the master.
    private static func given(_ stage: Stage, _ worker: (slot: Int, generation: Int, number: Int))
        -> [String]
    {
        [
            "LC_ALL=C.UTF-8", "LISTEN_FDNAMES=\(stage.pool)", "LISTEN_FDS=1",
            "MARTLET_GENERATION=\(worker.generation)", "MARTLET_POOL=\(stage.pool)",
            "MARTLET_STAGE=\(stage.directory)", "MARTLET_WORKER=\(worker.slot)",
            "NODE_APP_INSTANCE=\(worker.slot)",
            "NOTIFY_SOCKET=\(stage.runDirectory)/notify.\(worker.slot).\(worker.number)",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "XDG_RUNTIME_DIR=\(stage.directory)/session",
        ]
    }

    @Test(.played)
    func theNewGenerationHasExactlyWhatTheFilesSayNow() throws {
        try Stage.play { stage in
            let file = "\(stage.directory)/variables"
            try Files.write(file, "FROM_FILE=one\nGOES_WITH_FILE=1\nCHANGES=file one\n")
            let dropIn = "\(stage.configuration).d/10-more.conf"
            try FileSystem.makeDirectory("\(stage.configuration).d")
            try Files.write(dropIn, "[Worker]\nEnvironment=FROM_DROP_IN=one GOES_WITH_DROP_IN=1\n")
            let first = Script(
                1, "tell", "ready", "log:slot %w of generation %g in %i", "wait",
                pool: ["RolloutSettleSec=0"],
                worker: [
                    "EnvironmentFile=\(file)", "WorkingDirectory=/", "WatchdogSec=40",
                    "Environment=CHANGES=one STAYS=same GOES=1 \"QUOTED=a b\" SLOT=%w-%g-%i",
                ])
            let master = try stage.raise(first)
            try stage.await("puppet 0/1 slot 0 of generation 1 in \(stage.pool)")
            let one = try Self.told(stage, 0, 1)
            let pid = try #require(one.first { $0.hasPrefix("pid ") }?.dropFirst(4))
            #expect(
                Self.environment(one)
                    == (Self.given(stage, (0, 1, 1)) + [
                        "CHANGES=file one", "STAYS=same", "GOES=1", "QUOTED=a b",
                        "SLOT=0-1-\(stage.pool)", "FROM_FILE=one", "GOES_WITH_FILE=1",
                        "FROM_DROP_IN=one", "GOES_WITH_DROP_IN=1", "WATCHDOG_USEC=40000000",
                        "WATCHDOG_PID=\(pid)", "LISTEN_PID=\(pid)",
                    ]).sorted())
            #expect(one.contains("directory /"))

            try Files.write(file, "FROM_FILE=two\nCHANGES=file two\n")
            try Files.write(dropIn, "[Worker]\nEnvironment=FROM_DROP_IN=two\n")
            try stage.write(
                Script(
                    1, "tell", "ready", "wait",
                    worker: [
                        "EnvironmentFile=\(file)", "WorkingDirectory=/tmp",
                        "Environment=CHANGES=two STAYS=same NEW=%g",
                    ]))
            #expect(try stage.reload().exit == .exited(0))
            let two = try Self.told(stage, 0, 2)
            let secondPid = try #require(two.first { $0.hasPrefix("pid ") }?.dropFirst(4))
            #expect(
                Self.environment(two)
                    == (Self.given(stage, (0, 2, 2)) + [
                        "CHANGES=file two", "STAYS=same", "NEW=2", "FROM_FILE=two",
                        "FROM_DROP_IN=two", "LISTEN_PID=\(secondPid)",
                    ]).sorted())
            #expect(two.contains("directory /tmp"))
            #expect(
                two.filter { $0.hasPrefix("argument ") }
                    == ["argument tell", "argument ready", "argument wait"])
            #expect(master.exit == nil)
        }
    }

    @Test(.played)
    func aFailedReloadLeavesTheOldSettingsForReplacements() throws {
        try Stage.play { stage in
            let script = Script(1, "tell", "ready", "wait", worker: ["Environment=RELEASE=good"])
            let master = try stage.raise(script)
            _ = try Self.told(stage, 0, 1)
            try stage.write(Script(1, "exit:1", worker: ["Environment=RELEASE=bad"]))
            #expect(try stage.reload().exit == .exited(1))
            // A worker that crashes afterwards is replaced by one of the old release.
            let worker = try #require(try stage.report().workers.first?.pid)
            _ = try FileSystem.unlink("\(stage.directory)/told.0.1")
            kill(worker, SIGKILL)
            try stage.await("puppet 0/1 told", times: 2)
            #expect(try Self.environment(Self.told(stage, 0, 1)).contains("RELEASE=good"))
            #expect(master.exit == nil)
        }
    }

    @Test(.played)
    func aRolloutThatFailsHalfWayBringsTheOldGenerationBack() throws {
        try Stage.play { stage in
            let settle = ["RolloutSettleSec=0"]
            let master = try stage.raise(Script(3, pool: settle))
            let before = try stage.descriptorsAtRest(master)
            for slot in 0..<2 { try stage.makeGate("gate.\(slot)") }
            try stage.write(Script(3, "fail-in:2", "gate:gate.%w", "ready", "wait", pool: settle))
            let reload = try stage.beginMartletctl("reload", stage.pool)
            try stage.await("puppet 0/2 waits at gate.0")
            try stage.open("gate.0")
            try stage.await("puppet 1/2 waits at gate.1")
            #expect(try stage.report().ready == 3)
            try stage.open("gate.1")
            #expect(try stage.awaitExit(reload) == .exited(1))
            #expect(reload.errors.contains("worker 2 exited with status 2"))
            let report = try stage.report()
            #expect(report.generation == 1 && report.ready == 3)
            #expect(report.lastFailure?.contains("worker 2 exited with status 2") == true)
            #expect(report.workers.allSatisfy { $0.generation == 1 || $0.role == "leaver" })
            try stage.expectDescriptors(before, of: master)
        }
    }

    @Test(.played)
    func workersCanBecomeMoreAndFewer() throws {
        try Stage.play { stage in
            let settle = ["RolloutSettleSec=0", "RolloutSurge=3"]
            let master = try stage.raise(Script(2, pool: settle))
            let before = try stage.descriptorsAtRest(master)
            for wanted in [5, 1, 2] {
                try stage.write(Script(wanted, pool: settle))
                let reload = try stage.reload()
                #expect(reload.exit == .exited(0))
                #expect(reload.output.contains("(\(wanted)/\(wanted) ready)"))
                if wanted == 2 { try stage.expectDescriptors(before, of: master) }
                try stage.wait("the others have left") {
                    ProcessTable.children(of: master.pid).count == wanted
                }
            }
        }
    }

    /// Seeded: the same gaps in each run.
    private struct Gaps {
        private var state: UInt64 = 20_261_121

        mutating func next(upTo limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % (limit + 1)
        }
    }

    @Test(.played)
    func aThousandHangupsLeaveACleanPool() throws {
        try Stage.play { stage in
            let settle = ["RolloutSettleSec=0"]
            let master = try stage.raise(Script(2, pool: settle))
            let before = try stage.descriptorsAtRest(master)
            var gaps = Gaps()
            for _ in 0..<1_000 {
                try master.signal(SIGHUP)
                stage.listen(forMilliseconds: gaps.next(upTo: 25))
                try #require(master.exit == nil)
            }
            try stage.expectDescriptors(before, of: master)
            let reloads = stage.saidByMaster.filter { $0.hasPrefix("RELOADING=1") }.count
            let last = try stage.reload()
            #expect(last.exit == .exited(0))
            let report = try stage.report()
            // One generation for each reload taken up; hang-ups in between are merged.
            #expect(report.generation == reloads + 2 && reloads > 10 && reloads <= 1_000)
            #expect(report.ready == 2 && report.lastFailure == nil)
            #expect(report.workers.filter { $0.role == "incumbent" }.map(\.restarts) == [0, 0])
            try stage.expectDescriptors(before, of: master)
            #expect(ProcessTable.children(of: master.pid).count == 2)
            let readies = stage.saidByMaster.filter { $0 == "READY=1" }.count
            #expect(readies == reloads + 2)
        }
    }
}
