// ExecStart= as systemd.service(5) has it.

import Testing

@testable import PoolConfiguration

@Suite struct WorkerCommandTests {
    private func resolve(
        _ text: String, slot: Int = 2, generation: Int = 7, _ environment: [String: String] = [:]
    ) throws -> ResolvedCommand {
        try WorkerCommand(parsing: text, pool: "web")
            .resolve(post: .slot(slot), generation: generation, environment: environment)
    }

    @Test("the program is its own first argument")
    func plain() throws {
        let command = try resolve("/usr/bin/node 'a b' c")
        #expect(command.program == "/usr/bin/node")
        #expect(command.arguments == ["/usr/bin/node", "a b", "c"])
    }

    @Test("a bare name stays as it is written")
    func bareName() throws {
        #expect(try resolve("node x").program == "node")
    }

    @Test(
        "specifiers and variables are replaced",
        arguments: [
            ("%i-%w-%g-%%", ["web-2-7-%"]),
            ("--x=${A}", ["--x=1"]), ("${A}${B}", ["1two words"]), ("$B", ["two", "words"]),
            ("'$B'", ["two", "words"]), ("\"${B}\"", ["two words"]), ("x$B", ["x$B"]),
            ("x$", ["x$"]),
            ("$$B", ["$B"]), ("$$$$", ["$$"]), ("a$$b", ["a$b"]), ("${NONE}", [""]), ("$NONE", []),
            ("$Q", ["a b", "c"]), ("$EMPTY", []), ("${A}-%w", ["1-2"]), ("${P}", ["%w$A"]),
            ("%%w", ["%w"]), ("$$%w", ["$2"]), ("\\;", [";"]), ("a\\x3bb", ["a;b"]),
            ("a;b", ["a;b"]),
        ] as [(String, [String])])
    func replacement(word: String, arguments: [String]) throws {
        let environment = [
            "A": "1", "B": "two words", "Q": "\"a b\" c", "EMPTY": "", "P": "%w$A",
        ]
        #expect(try resolve("/p \(word) z", environment).arguments == ["/p"] + arguments + ["z"])
    }

    @Test("the prefix : switches variables off, not specifiers")
    func colon() throws {
        #expect(
            try resolve(":/p $A ${A} $$ %w", ["A": "1"]).arguments == [
                "/p", "$A", "${A}", "$$", "2",
            ])
    }

    @Test(
        "the prefix @ gives the program another name",
        arguments: ["@/p name x", "@:/p name x", ":@/p name x"])
    func at(text: String) throws {
        let command = try resolve(text)
        #expect(command.program == "/p")
        #expect(command.arguments == ["name", "x"])
    }

    @Test("specifiers in the program's path are replaced")
    func specifierInPath() throws {
        #expect(try resolve("/srv/%i/%w/run").program == "/srv/web/2/run")
    }

    @Test(
        "what systemd would not run, or run otherwise than it looks, is refused",
        arguments: [
            ("\"\"", "the program must be an absolute path, or a bare name to be found in "),
            ("./a", "the program must be an absolute path, or a bare name to be found in "),
            ("bin/a", "the program must be an absolute path, or a bare name to be found in "),
            (".", "the program must be an absolute path, or a bare name to be found in "),
            ("/usr/", "/usr/ is a directory's name"),
            ("$NODE x", "the program itself can't come from"),
            ("${NODE} x", "the program itself can't come from"),
            ("@/p", "the prefix \"@\" needs the program's own name as second word"),
            ("-/p", "the prefix \"-\" is not supported: name the ends that count as success in "),
            ("+/p", "the prefix \"+\" is not supported: workers have the privileges of their pool"),
            ("!!/p", "the prefix \"!\" is not supported"),
            ("|/p", "the prefix \"|\" is not supported"),
            ("/p ; /q", "a worker runs one command"), ("/p ;", "a worker runs one command"),
            ("/p %n", "unknown specifier \"%n\": %i is the pool"),
            ("/p %", "unknown specifier \"%\""),
            ("/p %I", "unknown specifier \"%I\""), ("/p %é", "unknown specifier \"%…\""),
            ("/p ${A", "\"${\" is never closed"), ("/p ${A:-b}", "\"${A:-b}\" is no variable"),
            ("/p ${}", "\"${}\" is no variable"), ("/p $A-b", "\"$A-b\" is no variable"),
            ("/p $", "\"$\" is no variable"), ("/p $1", "\"$1\" is no variable"),
            ("/p $%i", "\"$%i\" is no variable"), ("/p 'a", "a quote ' is opened and never closed"),
        ])
    func refusals(text: String, reason: String) throws {
        let error = thrown(InvalidValue.self) {
            try WorkerCommand(parsing: text, pool: "web")
        }
        #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
    }

    @Test("a command line's words are taken as they are")
    func literal() throws {
        let settings = try PoolSettings.foreground(
            name: "dev", workers: .fixed(3), command: ["./server", "$A", "%w", "a b", "-x"])
        let command = settings.worker.command.resolve(
            post: .slot(0), generation: 1, environment: ["A": "1"])
        #expect(command.program == "./server")
        #expect(command.arguments == ["./server", "$A", "%w", "a b", "-x"])
        #expect(settings.policy(availableProcessors: 8).workers == 3)
    }

    @Test("a command line without a program or with a bad name is refused")
    func foregroundRefusals() {
        #expect(throws: ConfigurationRefused.self) {
            try PoolSettings.foreground(name: "dev", workers: .auto, command: [])
        }
        #expect(throws: ConfigurationRefused.self) {
            try PoolSettings.foreground(name: "dev", workers: .auto, command: [""])
        }
        #expect(throws: ConfigurationRefused.self) {
            try PoolSettings.foreground(name: "-dev", workers: .auto, command: ["a"])
        }
    }
}
