import Testing

@testable import martletctl

@Suite("The logs of a pool")
struct LogsTests {
    @Test("are those of both its units")
    func whole() {
        let logs = Logs(pool: "web", worker: nil, options: ["--follow"])
        #expect(
            logs.arguments == [
                "--follow", "--unit=martlet@web.service", "--unit=martlet@web.socket",
            ])
    }

    @Test(
        "of one worker are what it wrote and what the master says of it",
        arguments: [(3, "3"), (0, "0"), (-1, "agent")])
    func ofWorker(_ slot: Int, _ name: String) {
        #expect(
            Logs(pool: "web", worker: slot, options: []).arguments == [
                "--unit=martlet@web.service", "SYSLOG_IDENTIFIER=web/\(name)", "+",
                "MARTLET_WORKER=\(name)",
            ])
    }
}

@Suite("What systemctl show prints")
struct UnitPropertiesTests {
    @Test("is read block by block, values with whatever is in them")
    func blocks() {
        let units = UnitProperties.parse(
            "Id=a.service\nActiveState=active\nExecStart={ path=/x ; argv[]=/x a=b }\n\n"
                + "Id=b.socket\nResult=\n")
        #expect(units.count == 2)
        #expect(units["a.service"]?["ExecStart"] == "{ path=/x ; argv[]=/x a=b }")
        #expect(units["b.socket"]?["Result"] == "")
        #expect(units["b.socket"]?["ActiveState"] == "")
        #expect(UnitProperties.parse("nonsense\n\n=\n") == [:])
    }
}

@Suite("The output of another program")
struct ProgramOutputTests {
    @Test("comes with how it ended", .timeLimit(.minutes(1)))
    func output() throws {
        let output = try ProgramOutput.of("sh", ["-c", "echo a; echo b >&2; exit 3"])
        #expect(output == ProgramOutput(exit: .exited(3), text: "a\n"))
        #expect(try ProgramOutput.of("no-such-program-of-anybody", []) == nil)
    }

    @Test("is not waited for without an end, nor read without one", .timeLimit(.minutes(1)))
    func limits() {
        #expect(throws: (any Error).self) {
            try ProgramOutput.of("sleep", ["600"], nanoseconds: 1_000_000)
        }
        #expect(throws: (any Error).self) { try ProgramOutput.of("yes", [], limit: 100_000) }
    }
}

@Suite("A file that is shown")
struct CatTests {
    @Test("is byte for byte what it is, with an end to its last line")
    func bytes() {
        let bytes: [UInt8] = [0x1b, 0xff, 0x0a, 0x41]
        #expect(Cat.shown(bytes, atTerminal: false) == bytes + [0x0a])
        #expect(Cat.shown([0x41, 0x0a], atTerminal: false) == [0x41, 0x0a])
    }

    @Test("moves no cursor of a terminal")
    func terminal() {
        let text = Array("[Pool]\n\tWorkers=\u{1b}[2J1\r\n".utf8)
        let shown = String(decoding: Cat.shown(text, atTerminal: true), as: UTF8.self)
        #expect(shown == "[Pool]\n\tWorkers=[2J1\n")
    }
}
