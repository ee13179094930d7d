import PoolWire
import Testing

@testable import martletctl

// One at a time: getopt_long(3) has one state for the whole process.
@Suite("The command line of martletctl", .serialized)
struct InvocationTests {
    private func read(_ words: String) throws(Failure) -> Invocation {
        try Invocation(arguments: ["martletctl"] + words.split(separator: " ").map(String.init))
    }

    private static let understood: [(words: String, command: any Command)] = [
        ("reload web", Reload(pool: "web", waits: true)),
        ("reload --no-wait web", Reload(pool: "web", waits: false)),
        ("reload martlet@web.service --no-wait", Reload(pool: "web", waits: false)),
        ("reload martlet@web.socket", Reload(pool: "web", waits: true)),
        ("status", Status(pools: [], asJSON: false)),
        ("status --json martlet@a b", Status(pools: ["a", "b"], asJSON: true)),
        ("--json status", Status(pools: [], asJSON: true)),
        ("why web", Why(pool: "web", slot: nil, asJSON: false)),
        ("why --json web web/3", Why(pool: "web", slot: 3, asJSON: true)),
        ("why web agent", Why(pool: "web", slot: -1, asJSON: false)),
        ("events web --json", Events(pool: "web", asJSON: true)),
        ("check", Check(targets: [])),
        (
            "check web ./web.conf web.conf",
            Check(targets: [.pool("web"), .file("./web.conf"), .file("web.conf")])
        ),
        ("scale web 4", Scale(pool: "web", wish: .to(4), waits: false)),
        ("scale martlet@web.service +2", Scale(pool: "web", wish: .by(2), waits: false)),
        ("scale web -2", Scale(pool: "web", wish: .by(-2), waits: false)),
        ("scale --wait web +2", Scale(pool: "web", wish: .by(2), waits: true)),
        ("scale web -- -2", Scale(pool: "web", wish: .by(-2), waits: false)),
        ("pause web", Steer(pool: "web", steering: .pause)),
        ("resume web", Steer(pool: "web", steering: .resume)),
        ("abort martlet@web", Steer(pool: "web", steering: .abort)),
        ("reexec web martlet@api.service", Reexec(pools: ["web", "api"])),
        ("leave martlet@web", Leave(pool: "web")),
        ("restart web", Restart(pool: "web", slot: nil)),
        ("restart web 2", Restart(pool: "web", slot: 2)),
        ("restart martlet@web agent", Restart(pool: "web", slot: -1)),
        ("kill web 2", Kill(pool: "web", slot: 2, signal: "SIGTERM")),
        ("kill -s USR1 web web/0", Kill(pool: "web", slot: 0, signal: "USR1")),
        ("kill web agent --signal=9", Kill(pool: "web", slot: -1, signal: "9")),
        ("send web 1", Send(pool: "web", message: PoolMessage(to: .all, body: [0x31]))),
        (
            "send --to agent web null",
            Send(pool: "web", message: PoolMessage(to: .agent, body: Array("null".utf8)))
        ),
        (
            "send web [1,\n2]",
            Send(pool: "web", message: PoolMessage(to: .all, body: Array("[1, 2]".utf8)))
        ),
        ("send web --to 3 1", Send(pool: "web", message: PoolMessage(to: .slot(3), body: [0x31]))),
        ("check /etc/martlet/web.conf", Check(targets: [.file("/etc/martlet/web.conf")])),
        (
            "import pm2 a.json",
            Import(file: "a.json", environment: nil, chosen: [], listeners: [], output: .system)
        ),
        (
            "import --env x pm2 a.js --only b --listen 80 --listen b=/run/x=y --stdout",
            Import(
                file: "a.js", environment: "x", chosen: ["b"],
                listeners: [
                    ImportListener(pool: nil, address: "80"),
                    ImportListener(pool: "b", address: "/run/x=y"),
                ],
                output: .printed)
        ),
        (
            "import pm2 a.json --output d",
            Import(
                file: "a.json", environment: nil, chosen: [], listeners: [],
                output: .directory("d"))
        ),
        ("list", List(asJSON: false, hasLegend: true)),
        ("list --no-legend --json", List(asJSON: true, hasLegend: false)),
        ("cat martlet@web.service api", Cat(pools: ["web", "api"])),
        ("logs web", Logs(pool: "web", worker: nil, options: [])),
        (
            "logs -f web -n 5 --worker agent -o json --since yesterday --until now --no-pager",
            Logs(
                pool: "web", worker: -1,
                options: [
                    "--follow", "--lines=5", "--since=yesterday", "--until=now", "--output=json",
                    "--no-pager",
                ])
        ),
        (
            "logs web --worker web/3 --lines=all",
            Logs(pool: "web", worker: 3, options: ["--lines=all"])
        ),
        (
            "new web --exec /x --listen 80 --listen [::1]:81 --workers -2",
            New(
                draft: PoolDraft(
                    pool: "web", command: "/x", listeners: ["80", "[::1]:81"], workers: "-2"),
                isPrinted: false)
        ),
        (
            "new web --exec=/x --listen=@a --stdout --protocol node --type exec --user u "
                + "--directory /d",
            New(
                draft: PoolDraft(
                    pool: "web", command: "/x", listeners: ["@a"], workerProtocol: "node",
                    readiness: "exec", user: "u", directory: "/d"),
                isPrinted: true)
        ),
    ]

    @Test("is understood with options anywhere and pools by any of their names")
    func isUnderstood() throws {
        for (words, expected) in Self.understood {
            guard case .command(let command) = try read(words) else {
                Issue.record("\(words): no command")
                continue
            }
            let isRight = isEqual(command, expected)
            #expect(isRight, "\(words): \(command)")
        }
    }

    private func isEqual<Expected: Command>(_ command: any Command, _ expected: Expected) -> Bool {
        command as? Expected == expected
    }

    @Test("asks for help or the version wherever that stands")
    func help() throws {
        for words in ["--help", "status --help", "-h"] {
            guard case .help = try read(words) else {
                Issue.record("\(words): no help")
                continue
            }
        }
        guard case .version = try read("--version") else {
            Issue.record("no version")
            return
        }
    }

    @Test("has one meaning for an option, and one option for a letter")
    func options() {
        var meaning: [String: String] = [:]
        var owner: [Character: String] = [:]
        for option in Invocation.verbs.flatMap(\.options) {
            let shape = "\(option.letter.map(String.init) ?? "none") \(option.takesValue)"
            #expect(meaning[option.name, default: shape] == shape, "--\(option.name)")
            meaning[option.name] = shape
            guard let letter = option.letter else { continue }
            #expect(owner[letter, default: option.name] == option.name, "-\(letter)")
            owner[letter] = option.name
        }
    }

    @Test("says of every verb in --help what it does, within 100 columns")
    func helpText() {
        for verb in Invocation.verbs {
            #expect(Invocation.helpText.contains("martletctl \(verb.name) \(verb.operands)\n    "))
        }
        #expect(Invocation.helpText.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test("names each option of a verb in a line of its help that begins with a dash")
    func helpOfOptions() {
        for verb in Invocation.verbs {
            let lines = verb.help.split(separator: "\n").filter { $0.hasPrefix("-") }
            for option in verb.options {
                let isNamed = lines.contains { $0.contains("--\(option.name)") }
                #expect(isNamed, "\(verb.name): --\(option.name)")
            }
        }
    }

    @Test(
        "is refused as a whole if any of it means nothing",
        arguments: [
            "", "web", "reload", "reload a b", "reload --json web", "status --no-wait web",
            "check --json web", "reload ../web", "reload .web", "status -- --json", "--nope",
            "scale web", "scale web 0", "scale web 1025", "scale web +1025", "scale web two",
            "scale web 2 3", "scale web +", "scale web +-1", "scale web --2", "reload web -2",
            "status -3", "pause", "pause a b", "reexec", "reexec --json web",
            "leave", "leave a b", "abort --json web", "scale web 99999999999999999999",
            "reload --no-wait=1 web", "restart", "restart web two", "restart web 1 2", "kill web",
            "kill web 1 2", "kill -9 web 1", "kill web 1 -9", "kill -s", "send web 1\n2",
            "send web \"a\nb\"", "status -s 9 web", "send web", "send web hello",
            "send --to everybody web 1", "send web 1 2", "status martlet@",
            "check a/../\u{1b}b c\u{1b}d",
            "list web", "cat", "cat --json web", "logs", "logs a b", "logs --worker x web",
            "logs --since= web", "logs web -q", "new web", "new --exec /x --listen 80",
            "new web --exec /x", "new web --listen 80", "new web --exec= --listen 80",
            "new web --exec /x --listen 0", "new web --exec /x --listen 65536",
            "new web --exec /x --listen localhost:80", "new a b --exec /x --listen 80",
            "new web --exec /x --listen 80 --user \u{1b}", "new web --exec /x --listen /a\\",
            "new web --exec /x --listen /a\nb", "new ../web --exec /x --listen 80",
            "import", "import pm2", "import pm2 a b", "import forever a", "import pm2 a --json",
            "import pm2 a --output x --stdout", "import pm2 a --listen x",
            "import pm2 a --listen 0",
            "import pm2 a --listen ../b=80", "import pm2 a --listen b=x", "import pm2 a --output=",
            "import pm2 a --env=",
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
