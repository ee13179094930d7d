// Environment= and EnvironmentFile=.

import Testing

@testable import PoolConfiguration

@Suite struct EnvironmentTests {
    private func variables(_ settings: PoolSettings) -> [String] {
        settings.worker.environment(post: .slot(2), generation: 7).map { "\($0.name)=\($0.value)" }
    }

    private func file(_ text: String) -> EnvironmentFileReader {
        EnvironmentFileReader(Array(text.utf8), file: "/env")
    }

    private func assignments(_ text: String) -> [String] {
        let reader = file(text)
        #expect(reader.problems.isEmpty)
        return reader.assignments.map {
            "\($0.name)=\($0.value.expand(post: .slot(0), generation: 1))"
        }
    }

    @Test("assignments are words; specifiers are replaced, variables are not")
    func lists() throws {
        let settings = try load(
            worker: #"Environment=A=1 "B=two words" C='x y' D=%i/%w/%g E=$A F="#)
        #expect(variables(settings) == ["A=1", "B=two words", "C=x y", "D=web/2/7", "E=$A", "F="])
    }

    @Test("lines add up, the last of a name wins")
    func later() throws {
        #expect(
            variables(try load(worker: "Environment=A=1 B=1 A=2\nEnvironment=B=3 C=4")) == [
                "A=2", "B=3", "C=4",
            ])
    }

    /// Each line that copied those before it would take minutes.
    @Test("a list of a hundred thousand lines is read", .timeLimit(.minutes(1)))
    func endless() throws {
        let lines = (0..<100_000).map { "Environment=V\($0)=1" }
        let settings = try load(worker: lines.joined(separator: "\n"))
        #expect(settings.worker.environment.count == 100_000)
    }

    @Test("an empty line resets the list")
    func reset() throws {
        #expect(
            variables(try load(worker: "Environment=A=1\nEnvironment=\nEnvironment=B=2")) == ["B=2"]
        )
    }

    @Test(
        "an assignment that can't be is refused",
        arguments: [
            (
                "A",
                "\"A\" is not an assignment NAME=value; a value with blanks needs quotes: \"NAME=a b\""
            ),
            ("1A=x", "\"1A\" is not a variable's name"), ("=x", "\"\" is not a variable's name"),
            ("A-B=x", "\"A-B\" is not a variable's name"),
            ("é=x", "\"é\" is not a variable's name"),
            ("LISTEN_FDS=1", "LISTEN_FDS is set by martlet itself for each worker"),
            ("NOTIFY_SOCKET=x", "NOTIFY_SOCKET is set by martlet itself for each worker"),
            ("WATCHDOG_USEC=1", "WATCHDOG_USEC is set by martlet itself for each worker"),
            ("MARTLET_FOO=1", "MARTLET_FOO is set by martlet itself for each worker"),
            (#"A=\x01"#, "the value of A has a control character"),
        ])
    func refusals(text: String, reason: String) {
        #expect(
            problems(worker: "Environment=\(text)") == [
                "web.conf:5: [Worker] Environment=\(text): \(reason)"
            ])
    }

    @Test("the variable that PM2 users know may be set, and so may names that only look like ours")
    func neighbours() throws {
        let settings = try load(worker: "Environment=NODE_APP_INSTANCE= LISTENER=1 WATCHDOG=1")
        #expect(settings.worker.environment.count == 3)
    }

    @Test("files override Environment=, later files earlier ones, and keep their text as it is")
    func files() throws {
        let settings = try load(
            leastPool
                + "EnvironmentFile=/a\nEnvironmentFile=-/none\nEnvironmentFile=/srv/%i/b\nEnvironment=X=0 Y=0\n",
            and: ["/a": "X=1\nY=1 %w $X\n", "/srv/web/b": "X=2\n"])
        #expect(variables(settings) == ["X=2", "Y=1 %w $X"])
        #expect(settings.worker.environment.map(\.origin.description) == ["/srv/web/b:1", "/a:2"])
        #expect(settings.files == ["/etc/martlet/web.conf", "/a", "/srv/web/b"])
    }

    @Test("an empty EnvironmentFile= forgets the files before it")
    func resetFiles() throws {
        let settings = try load(
            leastPool + "EnvironmentFile=/none\nEnvironmentFile=\nEnvironmentFile=/a\n",
            and: ["/a": "A=1"])
        #expect(variables(settings) == ["A=1"])
    }

    @Test("a file that is missing is the fault of its line, unless it is optional")
    func missing() {
        #expect(
            problems(worker: "EnvironmentFile=/none\nEnvironmentFile=-/none") == [
                "web.conf:5: [Worker] EnvironmentFile=/none: no such file (\"-\" before the path makes it optional)"
            ])
    }

    @Test("a file that can't be read is a problem even if it is optional")
    func unreadable() {
        var source = MemorySource(["/etc/martlet/web.conf": leastPool + "EnvironmentFile=-/a\n"])
        source.broken = ["/a"]
        #expect(
            problems(source) == [
                "web.conf:5: [Worker] EnvironmentFile=/a: could not open /a: Permission denied (EACCES)"
            ])
    }

    @Test(
        "a path that can't be is refused",
        arguments: [
            ("env", "expects an absolute path"), ("-env", "expects an absolute path"),
            ("/a/*.env", "wildcards are not supported: name each file in a line of its own"),
            ("/a/%w", "the file is read once for all workers: %w and %g have no value here"),
            ("-", "expects an absolute path"),
        ])
    func paths(path: String, reason: String) {
        #expect(
            problems(worker: "EnvironmentFile=\(path)") == [
                "web.conf:5: [Worker] EnvironmentFile=\(path): \(reason)"
            ])
    }

    @Test(
        "a file is read as systemd reads it",
        arguments: [
            ("A=1\nB=2", ["A=1", "B=2"]), ("# c\n; c\n\n  A = 1 \n", ["A=1"]), ("A=", ["A="]),
            ("A=b c  \n", ["A=b c"]), ("A=\"b c \"\n", ["A=b c "]), ("A='b\"c'", ["A=b\"c"]),
            ("A=\"b\nc\"\nB=1", ["A=b\nc", "B=1"]), ("A=b\\\nc\nB=1", ["A=bc", "B=1"]),
            ("A=\"b\\\nc\"", ["A=bc"]), (#"A="\"\\\`\$\n""#, [#"A="\`$\n"#]),
            (#"A='\n'"#, [#"A=\n"#]),
            (#"A=a\ b\"c"#, ["A=a b\"c"]), ("A=a\"b\"", ["A=a\"b\""]), ("A=\"a\" 'b'", ["A=ab"]),
            ("A=b # c", ["A=b # c"]), ("A=b=c", ["A=b=c"]), ("A=1\r\nB=2\r\n", ["A=1", "B=2"]),
            ("\u{feff}A=1", ["A=1"]), ("A=é", ["A=é"]), ("# c \\\nA=1", ["A=1"]),
            ("A=%i $B ${B}", ["A=%i $B ${B}"]),
            ("A=1\nA=2", ["A=1", "A=2"]), ("A=x\\", ["A=x"]), ("A=x  \\\n", ["A=x  "]), ("", []),
        ] as [(String, [String])])
    func fileText(text: String, variables: [String]) {
        #expect(assignments(text) == variables)
    }

    @Test(
        "a line of a file that systemd would drop is a problem",
        arguments: [
            ("A", "/env:1: no \"=\" in the line; expects NAME=value"),
            ("A=1\n\nB C\n", "/env:3: no \"=\" in the line; expects NAME=value"),
            ("export A=1", "/env:1: this is no shell script: leave out \"export\""),
            ("A B=1", "/env:1: \"A B\" is not a variable's name"),
            ("X=\"\n\n\"\nA=\"1", "/env:4: a quote is opened and never closed"),
            (
                "A=1\r\n\r\nLISTEN_FDS=1",
                "/env:3: LISTEN_FDS is set by martlet itself for each worker"
            ),
            ("A=\u{1}", "/env:1: the value of A has a control character"),
            ("A=\0", "/env:1: the value of A has a control character"),
        ])
    func fileRefusals(text: String, problem: String) {
        #expect(file(text).problems.map(\.description) == [problem])
    }

    @Test("a file that is not UTF-8 is a problem of the line")
    func fileEncoding() {
        let reader = EnvironmentFileReader(Array("A=1\nB=".utf8) + [0xff], file: "/env")
        #expect(reader.problems.map(\.description) == ["/env:2: the line is not valid UTF-8"])
        #expect(reader.assignments.map(\.name) == ["A"])
    }
}
