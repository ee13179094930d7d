// A machine that refuses: no descriptors, no room for files. The pool says why and heals.

import Glibc
import LinuxKernel
import Testing

@Suite struct ExhaustionTests {
    @Test(.played)
    func aPoolWithoutDescriptorsComesUpWhenTheLimitIsRaised() throws {
        try Stage.play { stage in
            let script = Script(
                6, worker: ["StartLimitBurst=0", "RestartSec=100ms", "RestartMaxDelaySec=200ms"])
            try stage.write(script)
            let master = try stage.start(
                "martletd", "/usr/bin/prlimit",
                [
                    "--nofile=22:1024", try Fixture.program("martletd"), "--config",
                    stage.configuration,
                ], isMaster: true)
            try stage.wait("launches fail and say why") {
                master.errors.contains("Too many open files (EMFILE)")
            }
            #expect(!stage.saidByMaster.contains("READY=1"))
            let raised = try stage.run(
                "prlimit", "/usr/bin/prlimit", ["--pid", "\(master.pid)", "--nofile=1024:1024"])
            #expect(raised.exit == .exited(0))
            try stage.wait("the pool is ready") { stage.saidByMaster.contains("READY=1") }
            #expect(try stage.report().ready == 6)
        }
    }

    @Test(.played)
    func aMasterWithoutADescriptorForAClientDoesNotSpinAndAnswersLater() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script())
            let count = try stage.descriptorsAtRest(master)
            func limit(_ number: Int) throws {
                let running = try stage.run(
                    "prlimit", "/usr/bin/prlimit",
                    ["--pid", "\(master.pid)", "--nofile=\(number):1024"])
                #expect(running.exit == .exited(0))
            }
            // The highest number is not lower than the count.
            let highest =
                ProcessTable.descriptors(of: master.pid)
                .compactMap { Int($0.prefix { $0 != " " }) }.max() ?? count
            try limit(highest + 1)
            var crowd: [Client] = []
            for _ in 0..<40 { crowd.append(try Client(stage)) }
            try stage.wait("those that there is no descriptor for are sent away") {
                for client in crowd { try client.read() }
                return crowd.contains { $0.isClosed }
            }
            let begin = try #require(ProcessUsage.read(pid: master.pid)?.processorNanoseconds)
            stage.listen(forMilliseconds: 300)
            let spent = try #require(ProcessUsage.read(pid: master.pid)?.processorNanoseconds)
            #expect(spent - begin < 100_000_000, "the loop spins")
            for client in crowd { try client.vanish() }
            try limit(1_024)
            try stage.expectDescriptors(count, of: master)
            #expect(try stage.report().ready == 1)
        }
    }

    @Test(.played)
    func aMasterWithoutADescriptorLeftStillSendsItsHeartbeats() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script(), variables: ["WATCHDOG_USEC": "200000"])
            let limited = try stage.run(
                "prlimit", "/usr/bin/prlimit", ["--pid", "\(master.pid)", "--nofile=3:1024"])
            #expect(limited.exit == .exited(0))
            // One may have been on its way before the limit was there.
            let begin = stage.record.count
            try stage.wait("heartbeats go on") {
                stage.record[begin...].filter { $0.text == "WATCHDOG=1" }.count >= 3
            }
            let raised = try stage.run(
                "prlimit", "/usr/bin/prlimit", ["--pid", "\(master.pid)", "--nofile=1024:1024"])
            #expect(raised.exit == .exited(0))
            #expect(try stage.report().ready == 1)
        }
    }

    @Test(
        .played, .enabled(if: Fixture.isRoot, "mounting a file system needs root"))
    func aPoolOnAFullFileSystemHealsAfterRoomIsMade() throws {
        try Stage.play { stage in
            try FileSystem.makeDirectories(stage.runDirectory, mode: 0o755)
            let mounted = try stage.run(
                "mount", "/usr/bin/mount",
                [
                    "-t", "tmpfs", "-o", "size=64k,nr_inodes=12,mode=0700", "stage",
                    stage.runDirectory,
                ])
            try #require(mounted.exit == .exited(0), "\(mounted.errors)")
            defer {
                let name = stage.runDirectory
                umount2(name, Int32(MNT_DETACH))
                _ = try? FileSystem.removeDirectory(name)
            }
            let script = Script(2, worker: ["StartLimitBurst=0", "RestartMaxDelaySec=200ms"])
            let master = try stage.raise(script)
            try Self.fill(stage.runDirectory)
            let worker = try #require(try stage.report().workers.first { $0.slot == 0 }?.pid)
            kill(worker, SIGKILL)
            try stage.wait("the launch fails and says why") {
                master.errors.contains("No space left on device (ENOSPC)")
            }
            // The other worker serves, status and reload answer.
            let report = try stage.report()
            #expect(report.ready == 1)
            #expect(
                report.workers.first { $0.slot == 0 }?.lastReason.contains("ENOSPC") == true,
                "\(report.workers)")
            let failed = try stage.reload()
            #expect(failed.exit == .exited(1) && failed.errors.contains("ENOSPC"))
            for file in try Self.fillers(stage.runDirectory) { try FileSystem.unlink(file) }
            try stage.wait("the slot is filled") { try stage.report().ready == 2 }
            #expect(try stage.reload().exit == .exited(0))
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
            #expect(try FileSystem.listDirectory(stage.runDirectory) == [])
        }
    }

    private static func fillers(_ directory: String) throws -> [String] {
        try (FileSystem.listDirectory(directory) ?? []).filter { $0.hasPrefix("filler.") }
            .map { "\(directory)/\($0)" }
    }

    /// Takes every byte and every inode.
    private static func fill(_ directory: String) throws {
        let page = [UInt8](repeating: 1, count: 4_096)
        for number in 0..<32 {
            let raw = open(
                "\(directory)/filler.\(number)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            if raw < 0 { break }
            for _ in 0..<32 where write(raw, page, page.count) < 0 { break }
            close(raw)
        }
        let raw = open("\(directory)/filler.last", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(raw < 0 && errno == ENOSPC)
    }
}
