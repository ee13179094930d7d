// What martletd refuses before there is a pool: one sentence and a status, and nothing is harmed.

import Glibc
import LinuxKernel
import Testing

@Suite struct CommandLineTests {
    @Test(
        .played,
        arguments: [
            [], ["--confg", "x"], ["--config"], ["--config", "a.conf", "b"], ["--workers", "2"],
            ["--workers", "none", "--", "true"], ["--workers", "0", "--", "true"],
            ["--type", "forking", "--", "true"], ["--listen", "nowhere", "--", "true"],
            ["--listen", "127.0.0.1:99999", "--", "true"], ["--name", "a/b", "--", "true"],
            ["--name", "", "--", "true"], ["--help=1"], ["no-such-pool"], [""], ["../web"],
            ["--", ""], ["--"],
            ["--workers", "1", "--", ""], ["--watch", "/"], ["--watch", "", "--", "true"],
            ["--watch-ignore", "x", "--", "true"], ["--config", "a.conf", "--watch-ignore", "x"],
            ["--config", "a.conf", "--watch", "/", "--workers", "2"],
        ])
    func aBadCommandLineIsRefusedInOneSentence(arguments: [String]) throws {
        try Stage.play { stage in
            let master = try stage.begin(arguments)
            #expect(try stage.awaitExit(master) == .exited(64), "\(stage.story)")
            #expect(master.errorLines.count == 1, "\(stage.story)")
            #expect(master.errors.hasPrefix("martletd: ") && master.output.isEmpty)
        }
    }

    @Test(.played) func helpAndVersionAreTold() throws {
        try Stage.play { stage in
            for (argument, text) in [
                ("--help", "martletd --config FILE"), ("--version", "martlet "),
            ] {
                let master = try stage.begin([argument])
                #expect(try stage.awaitExit(master) == .exited(0))
                #expect(master.output.contains(text) && master.errors.isEmpty)
            }
        }
    }

    @Test(.played) func everyErrorOfTheConfigurationIsToldWithItsPlace() throws {
        try Stage.play { stage in
            try Files.write(
                stage.configuration,
                """
                [Socket]
                ListenStream=@\(stage.pool)
                [Pool]
                Workers=many
                Surge=1
                [Worker]
                ExecStart=/bin/true
                KillSignal=SIGNONE
                EnvironmentFile=\(stage.directory)/missing
                nonsense
                """)
            try FileSystem.makeDirectory("\(stage.configuration).d")
            try Files.write(
                "\(stage.configuration).d/a.conf", "[Workers]\nTimeoutStopSec=1 fortnite\n")
            let master = try stage.begin()
            #expect(try stage.awaitExit(master) == .exited(78))
            let file = stage.configuration
            let places = master.errorLines.map { line in
                line.replacingAll("martletd: ", with: "").replacingAll(file, with: "FILE")
                    .prefix { $0 != " " }
            }
            #expect(
                places == [
                    "FILE:4:", "FILE:5:", "FILE:8:", "FILE:9:", "FILE:10:", "FILE.d/a.conf:1:",
                ],
                "\(master.errors)")
            // martletctl check says the same.
            let check = try stage.martletctl("check", file)
            #expect(check.exit == .exited(78))
            #expect(check.errorLines == master.errorLines.map { String($0.dropFirst(10)) })
        }
    }

    @Test(.played) func aFileThatIsMissingIsNoInput() throws {
        try Stage.play { stage in
            let master = try stage.begin()
            #expect(try stage.awaitExit(master) == .exited(66))
            #expect(master.errors == "martletd: \(stage.configuration): no such file\n")
        }
    }

    @Test(.played) func aPoolOfTheSystemWithoutSocketsSaysHowToStartIt() throws {
        try Stage.play { stage in
            let master = try stage.begin([stage.pool])
            #expect(try stage.awaitExit(master) == .exited(64))
            #expect(master.errors.contains("start it as martlet@\(stage.pool).service"))
            #expect(master.errorLines.count == 1)
        }
    }

    @Test(.played) func aPoolOfTheSystemWithoutAFileIsNoInput() throws {
        try Stage.play { stage in
            let address = try #require(SocketAddress(listenStream: "127.0.0.1:0"))
            let socket = SharedDescriptor(try ListeningSocket.make(at: address))
            let master = try stage.begin([stage.pool], sockets: [socket], names: ["web"])
            #expect(try stage.awaitExit(master) == .exited(66))
            #expect(
                master.errors.hasPrefix("martletd: /etc/martlet/\(stage.pool).conf: no such file"))
        }
    }

    @Test(.played)
    func aSecondMasterOfTheSameNameIsRefusedAndHarmsNothing() throws {
        try Stage.play { stage in
            let first = try stage.raise(Script(2))
            let before = try stage.descriptorsAtRest(first)
            let files = try FileSystem.listDirectory(stage.runDirectory)
            let workers = ProcessTable.children(of: first.pid)
            // Another address, the same name.
            try FileSystem.makeDirectory("\(stage.directory)/other")
            let other = "\(stage.directory)/other/\(stage.pool).conf"
            try Files.write(
                other, Script(socket: ["ListenStream=127.0.0.1:0"]).text(pool: stage.pool))
            let second = try stage.begin(["--config", other])
            #expect(try stage.awaitExit(second) == .exited(69))
            #expect(second.errorLines.count == 1)
            #expect(second.errors.contains("the pool \"\(stage.pool)\" has a master already"))
            #expect(try FileSystem.listDirectory(stage.runDirectory) == files)
            #expect(ProcessTable.children(of: first.pid) == workers)
            #expect(try stage.report().pid == first.pid)
            #expect(try stage.reload().exit == .exited(0))
            try stage.expectDescriptors(before, of: first)
        }
    }

    @Test(.played)
    func aMasterThatCannotBeginLeavesNoDirectory() throws {
        try Stage.play { stage in
            try stage.write(Script())
            // Something that is no socket stands in the place of the control socket.
            try FileSystem.makeDirectories(stage.runDirectory, mode: 0o700)
            try Files.write("\(stage.runDirectory)/control", "")
            let master = try stage.begin()
            let exit = try stage.awaitExit(master)
            #expect(exit == .exited(69) || exit == .exited(71))
            #expect(master.errorLines.count == 1)
            #expect(try Files.read("\(stage.runDirectory)/control") == "")
            Files.remove(stage.runDirectory)
        }
    }
}
