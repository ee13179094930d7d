import Testing

@testable import martletctl

// One at a time: getopt_long(3) has one state for the whole process.
@Suite("The command line of martletctl", .serialized)
struct InvocationTests {
    private func read(_ words: String) throws(Failure) -> Invocation {
        try Invocation(arguments: ["martletctl"] + words.split(separator: " ").map(String.init))
    }

    @Test(
        "is understood with options anywhere and pools by any of their names",
        arguments: [
            ("reload web", Invocation.reload(pool: "web", waits: true)),
            ("reload --no-wait web", .reload(pool: "web", waits: false)),
            ("reload martlet@web.service --no-wait", .reload(pool: "web", waits: false)),
            ("reload martlet@web.socket", .reload(pool: "web", waits: true)),
            ("status", .status(pools: [], asJSON: false)),
            ("status --json martlet@a b", .status(pools: ["a", "b"], asJSON: true)),
            ("check", .check([])),
            (
                "check web ./web.conf web.conf",
                .check([.pool("web"), .file("./web.conf"), .file("web.conf")])
            ),
            ("scale web 4", .scale(pool: "web", .to(4))),
            ("scale martlet@web.service +2", .scale(pool: "web", .by(2))),
            ("scale web -2", .scale(pool: "web", .by(-2))),
            ("scale web -- -2", .scale(pool: "web", .by(-2))),
            ("pause web", .steer(pool: "web", .pause)),
            ("resume web", .steer(pool: "web", .resume)),
            ("abort martlet@web", .steer(pool: "web", .abort)),
            ("check /etc/martlet/web.conf", .check([.file("/etc/martlet/web.conf")])),
            ("--help", .help), ("status --help", .help), ("-h", .help), ("--version", .version),
        ])
    func understood(_ words: String, _ invocation: Invocation) throws {
        #expect(try read(words) == invocation)
    }

    @Test(
        "is refused as a whole if any of it means nothing",
        arguments: [
            "", "web", "reload", "reload a b", "reload --json web", "status --no-wait web",
            "check --json web", "reload ../web", "reload .web", "status -- --json", "--nope",
            "scale web", "scale web 0", "scale web 1025", "scale web +1025", "scale web two",
            "scale web 2 3", "scale web +", "scale web +-1", "scale web --2", "reload web -2",
            "status -3", "pause", "pause a b", "abort --json web", "scale web 99999999999999999999",
            "reload --no-wait=1 web", "status martlet@", "check a/../\u{1b}b c\u{1b}d",
        ])
    func refused(_ words: String) {
        do throws(Failure) {
            let invocation = try read(words)
            Issue.record("taken for \(invocation)")
        } catch {
            #expect(error.code == .usage)
            #expect(error.sentence.hasPrefix("martletctl: "))
            #expect(!error.sentence.unicodeScalars.contains { $0.value < 0x20 })
        }
    }

    @Test(
        "suggests the command that was meant",
        arguments: [("relaod", "reload"), ("stats", "status"), ("chekc", "check")])
    func suggestion(_ word: String, _ meant: String) {
        #expect(
            throws: Failure(
                .usage,
                "martletctl: there is no command \"\(word)\" (did you mean \(meant)?); "
                    + "see martletctl --help")
        ) { try read("\(word) web") }
    }
}
