// `martletd --watch`: files that change are a reload.

import Glibc
import LinuxKernel
import Testing

@Suite struct WatchTests {
    private static let script = Script(1, pool: ["RolloutSettleSec=0"])

    /// A pool that watches `tree` of its stage, where it has begun.
    private func begin(_ stage: Stage, _ options: String...) throws -> Running {
        try FileSystem.makeDirectories("\(stage.directory)/tree/lib")
        try stage.write(Self.script)
        let master = try stage.begin(
            ["--config", stage.configuration, "--watch", "\(stage.directory)/tree/"] + options)
        try stage.await("puppet 0/1 ready")
        try stage.wait("the pool is ready") { master.errors.contains("the pool is ready") }
        return master
    }

    private func reloads(_ master: Running) -> [String] {
        master.errorLines.filter { $0.hasSuffix("changed: reloading") }
    }

    /// Has the master hear of all of it at once, so that it can't have had a quiet moment between.
    private func together(_ master: Running, _ body: () throws -> Void) throws {
        try master.signal(SIGSTOP)
        try body()
        try master.signal(SIGCONT)
    }

    private func rolledOut(_ stage: Stage, _ master: Running, _ generation: Int) throws {
        try stage.wait("generation \(generation) is rolled out") {
            master.errors.contains("generation \(generation) is rolled out")
        }
    }

    private func end(_ stage: Stage, _ master: Running) throws {
        try master.signal(SIGTERM)
        #expect(try stage.awaitExit(master) == .exited(0))
    }

    @Test(.played) func manyChangesTogetherAreOneReloadWithItsReason() throws {
        try Stage.play { stage in
            let master = try begin(stage)
            let tree = "\(stage.directory)/tree"
            try together(master) {
                for name in ["a", "b", "lib/c"] { try Files.write("\(tree)/\(name)", "x") }
            }
            try rolledOut(stage, master, 2)
            #expect(reloads(master).count == 1, "\(master.errors)")
            #expect(
                reloads(master).first?.hasSuffix("\(tree)/lib/c and 2 more have changed: reloading")
                    == true, "\(master.errors)")
            try end(stage, master)
        }
    }

    @Test(.played) func directoriesThatComeLaterAreWatchedToo() throws {
        try Stage.play { stage in
            let master = try begin(stage)
            let tree = "\(stage.directory)/tree"
            try FileSystem.makeDirectories("\(tree)/new/deep")
            try rolledOut(stage, master, 2)
            try Files.write("\(tree)/new/deep/file", "x")
            try rolledOut(stage, master, 3)
            #expect(reloads(master).last?.contains("new/deep/file") == true, "\(master.errors)")

            // Under its new name.
            try FileSystem.rename("\(tree)/new", to: "\(tree)/lib/moved")
            try rolledOut(stage, master, 4)
            try FileSystem.unlink("\(tree)/lib/moved/deep/file")
            try rolledOut(stage, master, 5)
            #expect(reloads(master).last?.contains("lib/moved/deep/file") == true)
            try end(stage, master)
        }
    }

    @Test(.played) func aFileThatAnEditorRenamesOverTheOldOneIsAChange() throws {
        try Stage.play { stage in
            try FileSystem.makeDirectories("\(stage.directory)/tree")
            try Files.write("\(stage.directory)/tree/program", "old")
            let master = try begin(stage)
            // It is written beside it, and renamed.
            try together(master) { try Files.write("\(stage.directory)/tree/program", "new") }
            try rolledOut(stage, master, 2)
            #expect(
                reloads(master).first?.hasSuffix("tree/program has changed: reloading") == true,
                "\(master.errors)")
            try end(stage, master)
        }
    }

    @Test(.played) func whatIsLeftOutIsNoChange() throws {
        try Stage.play { stage in
            let tree = "\(stage.directory)/tree"
            for name in [".git/objects", "node_modules/x", "var/data"] {
                try FileSystem.makeDirectories("\(tree)/\(name)")
            }
            let master = try begin(stage, "--watch-ignore", "*.log", "--watch-ignore", "var/*")
            try together(master) {
                for name in [
                    ".git/index", "node_modules/x/a.js", "var/data/a", "lib/a~", "lib/.#a",
                    "lib/.a.swp", "lib/a.log",
                ] { try Files.write("\(tree)/\(name)", "x") }
                // The one that counts is named alone.
                try Files.write("\(tree)/lib/last", "x")
            }
            try rolledOut(stage, master, 2)
            #expect(reloads(master).count == 1)
            #expect(
                reloads(master).first?.hasSuffix("lib/last has changed: reloading") == true,
                "\(master.errors)")
            try end(stage, master)
        }
    }

    @Test(.played) func aDirectoryThatIsGoneIsSaidOnceAndNotListenedToAnyMore() throws {
        try Stage.play { stage in
            let other = "\(stage.directory)/other"
            try FileSystem.makeDirectories(other)
            let master = try begin(stage, "--watch", other)
            let away = "\(stage.directory)/away"
            try FileSystem.rename("\(stage.directory)/tree", to: away)
            let sentence = "tree is gone, and nothing in it is watched any more"
            try stage.wait("it is said") { master.errors.contains(sentence) }
            try together(master) {
                for path in ["\(away)/a", "\(away)/lib/b", "\(other)/c"] {
                    try Files.write(path, "x")
                }
            }
            try rolledOut(stage, master, 2)
            #expect(
                reloads(master).first?.hasSuffix("other/c has changed: reloading") == true,
                "\(master.errors)")
            Files.remove(away)
            try end(stage, master)
            #expect(master.errorLines.filter { $0.contains(sentence) }.count == 1)
        }
    }

    @Test(.played) func aDirectoryThatIsNotThereIsRefused() throws {
        try Stage.play { stage in
            let master = try stage.begin(["--watch", "/nowhere/at/all", "--", "true"])
            #expect(try stage.awaitExit(master) == .exited(66))
            #expect(master.errors == "martletd: --watch: there is no directory /nowhere/at/all\n")
        }
    }
}
