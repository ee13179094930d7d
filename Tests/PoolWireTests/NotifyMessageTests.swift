import Testing

@testable import PoolWire

@Suite("A worker's notify datagram")
struct NotifyMessageTests {
    private func parse(_ text: String) -> [NotifyMessage] { NotifyMessage.parse(text.utf8) }

    @Test("is read assignment by assignment, in the order it was written")
    func order() {
        let read = parse("STATUS=warming up\nREADY=1\nX_MINE=7\nWATCHDOG_USEC=3000000\n")
        #expect(
            read == [
                .status("warming up"), .ready, .other("X_MINE"),
                .watchdogInterval(microseconds: 3_000_000),
            ])
    }

    @Test(
        "has a meaning for each assignment of sd_notify(3) a pool heeds",
        arguments: [
            ("READY=1", NotifyMessage.ready),
            ("RELOADING=1", .reloading),
            ("STOPPING=1", .stopping),
            ("WATCHDOG=1", .watchdog),
            ("WATCHDOG=trigger", .watchdogTrigger),
            ("WATCHDOG_USEC=0", .watchdogInterval(microseconds: 0)),
            ("EXTEND_TIMEOUT_USEC=18446744073709551615", .extendTimeout(microseconds: .max)),
            ("STATUS=", .status("")),
            ("STATUS=a=b", .status("a=b")),
            ("ERRNO=2", .errorNumber(2)),
            ("MAINPID=4711", .mainProcess(4711)),
        ])
    func meanings(_ line: String, _ meaning: NotifyMessage) {
        #expect(parse(line) == [meaning])
    }

    @Test(
        "with a value an assignment can't have is nothing but its name",
        arguments: [
            "READY=0", "READY=", "READY", "READY=1 ", "STOPPING=2", "WATCHDOG=0",
            "WATCHDOG=Trigger",
            "WATCHDOG_USEC=", "WATCHDOG_USEC=-1", "WATCHDOG_USEC=+1", "WATCHDOG_USEC=1.5",
            "WATCHDOG_USEC=18446744073709551616", "EXTEND_TIMEOUT_USEC=99999999999999999999999999",
            "EXTEND_TIMEOUT_USEC=0x10", "ERRNO=2147483648", "MAINPID=0", "MAINPID=2147483648",
            "ready=1",
        ])
    func refused(_ line: String) {
        let name = String(line.prefix { $0 != "=" })
        #expect(parse(line) == [.other(name)])
    }

    @Test("has no message in empty lines, and ends with as many NULs as it likes")
    func emptyLines() {
        #expect(parse("") == [])
        #expect(parse("\n\nREADY=1\n\n\0\0") == [.ready])
    }

    @Test("with a NUL inside is no message at all, as for systemd")
    func embeddedNul() {
        #expect(parse("READY=1\0STOPPING=1") == [])
    }

    @Test("can't put a control character or another direction of writing into a status")
    func hostileStatus() {
        let status = "STATUS=a\u{1b}[31mb\r\tc\u{7f}\u{9b}d\u{202e}e\u{2028}f\u{2066}g"
        #expect(parse(status) == [.status("a[31mbcdefg")])
    }

    @Test("that is not UTF-8 has U+FFFD where it is not")
    func foreignBytes() {
        let bytes = Array("STATUS=".utf8) + [0x61, 0xff, 0xc3, 0x62]
        #expect(NotifyMessage.parse(bytes) == [.status("a\u{fffd}\u{fffd}b")])
    }

    @Test("can't make a status or a name longer than its limit, by combining marks either")
    func limits() {
        let marks = "STATUS=e" + "\u{301}".repeated(5000)
        guard case .status(let status) = parse(marks).first else {
            Issue.record("no status")
            return
        }
        #expect(status.unicodeScalars.count == NotifyMessage.longestStatus)
        #expect(parse("A".repeated(5000)) == [.other("A".repeated(NotifyMessage.longestName))])
    }

    @Test("may be any bytes: 40,000 mutations of valid ones", arguments: [UInt64(1), 20_251])
    func anyBytes(_ seed: UInt64) {
        var generator = Generator(seed: seed)
        let valid = [
            "READY=1\nSTATUS=processing requests, 4 of 8 done\nMAINPID=4711",
            "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=30000000",
            "STOPPING=1\nERRNO=110\nSTATUS=\u{e4}\u{4e2d}",
        ]
        for round in 0..<20_000 {
            var bytes = Array(valid[generator.below(valid.count)].utf8)
            generator.mutate(&bytes)
            let messages = NotifyMessage.parse(bytes)
            #expect(messages.allSatisfy(isHarmless), "seed \(seed), round \(round): \(bytes)")
        }
    }

    private func isHarmless(_ message: NotifyMessage) -> Bool {
        let (text, limit) =
            switch message {
            case .status(let text): (text, NotifyMessage.longestStatus)
            case .other(let name): (name, NotifyMessage.longestName)
            default: ("", 0)
            }
        return text.unicodeScalars.count <= limit
            && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}
