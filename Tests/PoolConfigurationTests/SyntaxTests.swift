// The rules of systemd.syntax(7), on bytes.

import Testing

@testable import PoolConfiguration

@Suite struct SyntaxTests {
    private func lines(_ text: String) -> ConfigurationLines {
        ConfigurationLines(Array(text.utf8), file: "web.conf")
    }

    private func values(_ text: String) -> [String] {
        let lines = lines("[Pool]\n" + text)
        #expect(lines.problems.isEmpty)
        return lines.assignments.map { "\($0.line) \($0.name)|\($0.value)" }
    }

    private func problems(_ text: String) -> [String] {
        lines(text).problems.map(\.description)
    }

    @Test("blanks around name and value don't count")
    func blanks() {
        #expect(values("  A \t=  b  c \t") == ["2 A|b  c"])
    }

    @Test("a value may contain = and ; and #")
    func signsInValues() {
        #expect(values("A=b=c;d#e") == ["2 A|b=c;d#e"])
    }

    @Test("comments and empty lines are skipped")
    func comments() {
        #expect(values("# x\n;y\n  # z\n\n \t\nA=1") == ["7 A|1"])
    }

    @Test("a backslash at the end goes on in the next line and becomes a blank")
    func continuation() {
        #expect(values("A=b\\\nc \\\n  d\nB=2") == ["2 A|b c    d", "5 B|2"])
    }

    @Test("comment lines inside a line that goes on are skipped")
    func commentsInContinuation() {
        #expect(values("A=b\\\n# no\n; no\n  c\nB=2") == ["2 A|b   c", "6 B|2"])
    }

    @Test("an empty line ends a line that goes on")
    func emptyLineEndsContinuation() {
        #expect(values("A=b\\\n\nB=2") == ["2 A|b", "4 B|2"])
    }

    @Test("two backslashes at the end are no continuation")
    func escapedBackslash() {
        #expect(values("A=b\\\\\nB=2") == ["2 A|b\\\\", "3 B|2"])
    }

    @Test("a line that goes on at the end of the file is a line")
    func continuationAtEnd() {
        #expect(values("A=b\\") == ["2 A|b"])
    }

    @Test("CRLF files and a byte order mark are read")
    func windows() {
        let bytes = [0xef, 0xbb, 0xbf] + Array("[Pool]\r\nA=b\\\r\n c\r\n\r\n".utf8)
        let lines = ConfigurationLines(bytes, file: "web.conf")
        #expect(lines.problems.isEmpty)
        #expect(lines.assignments.map(\.value) == ["b  c"])
    }

    @Test("text beyond ASCII passes through, also a combining mark after the equals sign")
    func unicode() {
        #expect(values("A=grüße 漢字\nB=\u{301}x") == ["2 A|grüße 漢字", "3 B|\u{301}x"])
    }

    @Test("an empty value is an assignment")
    func emptyValue() {
        #expect(values("A=\nB =") == ["2 A|", "3 B|"])
    }

    @Test(
        "what is no line of a file is said with its place",
        arguments: [
            ("A=1", "web.conf:1: \"A\" stands before the first section"),
            ("[Pool]\nA 1", "web.conf:2: [Pool] no \"=\" in \"A 1\""),
            ("[Pool]\n=1", "web.conf:2: [Pool] no directive before \"=\""),
            ("[Pool", "web.conf:1: the section's name is not closed by \"]\""),
            ("[Pool] x", "web.conf:1: nothing may follow [Pool] in its line"),
            (
                "[Pool]  ; x",
                "web.conf:1: a comment needs a line of its own: move it above [Pool]"
            ),
            ("[Wroker]", "web.conf:1: unknown section [Wroker] (did you mean [Worker]?)"),
            ("[worker]", "web.conf:1: unknown section [worker] (did you mean [Worker]?)"),
            ("[X-Foo]", "web.conf:1: unknown section [X-Foo]"),
            ("[]", "web.conf:1: unknown section []"),
            (
                "[Install]\nWantedBy=x",
                "web.conf:1: [Install] has no place here: to start the pool at boot, run "
                    + "\"systemctl enable martlet@NAME.socket\""
            ),
            ("[Pool]\nA=\0", "web.conf:2: the line contains a NUL byte"),
            ("[Pool]\nA=b\rc", "web.conf:2: a carriage return in the middle of a line"),
            ("[Pool]\nA=b\\\nc\0d\\\ne", "web.conf:3: the line contains a NUL byte"),
        ])
    func refusals(text: String, problem: String) {
        #expect(problems(text) == [problem])
    }

    @Test("the lines of a section that was refused are not handed out and not complained of")
    func skippedSection() {
        let lines = lines("[Nonsense]\nA=1\nno equals\n[Pool]\nB=2")
        #expect(lines.problems.count == 1)
        #expect(lines.assignments.map(\.name) == ["B"])
    }

    @Test("after a comment behind a section's name its lines are read all the same")
    func commentBehindHeader() {
        #expect(lines("[Pool] # x\nA=1").assignments.map(\.name) == ["A"])
    }

    @Test("bytes that are not UTF-8 cost their line alone")
    func invalidUTF8() {
        let bytes = Array("[Pool]\nA=".utf8) + [0xff, 0xfe] + Array("\nB=2\n".utf8)
        let lines = ConfigurationLines(bytes, file: "web.conf")
        #expect(lines.problems.map(\.description) == ["web.conf:2: the line is not valid UTF-8"])
        #expect(lines.assignments.map(\.name) == ["B"])
    }

    @Test("a comment may be in any encoding")
    func commentInLatin1() {
        let bytes = Array("[Pool]\n# gr".utf8) + [0xfc] + Array("\nB=2\n".utf8)
        #expect(ConfigurationLines(bytes, file: "web.conf").problems.isEmpty)
    }

    @Test("a broken part of a line that goes on drops the whole line, and only it")
    func brokenContinuation() {
        let lines = lines("[Pool]\nA=b\\\n\0\\\nc=d\nB=2")
        #expect(lines.assignments.map(\.name) == ["B"])
        #expect(lines.problems.count == 1)
    }

    @Test("a line of more than 1 MiB is refused, one of exactly 1 MiB is not")
    func longLines() {
        let long = String(repeating: "x", count: (1 << 20) - 2)
        #expect(lines("[Pool]\nA=\(long)\n").problems.isEmpty)
        #expect(
            problems("[Pool]\nA=\(long)x\n") == [
                "web.conf:2: the line is longer than 1048576 bytes"
            ])
    }

    @Test("lines that go on together may not exceed 1 MiB either")
    func longContinuation() {
        let half = String(repeating: "x", count: 600_000)
        #expect(
            problems("[Pool]\nA=\(half)\\\n\(half)\\\n\(half)\nB=1")
                == ["web.conf:3: the line is longer than 1048576 bytes"])
    }

    @Test("what a problem quotes stays on one line")
    func controlCharacters() {
        let problem = ConfigurationProblem(file: "a\nb", line: 1, message: "x\u{1b}[2J\r\u{7f}")
        #expect(problem.description == "a\\x0ab:1: x\\x1b[2J\\x0d\\x7f")
    }
}
