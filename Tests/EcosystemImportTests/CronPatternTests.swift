import EcosystemImport
import Testing

@Suite("A pattern of cron")
struct CronPatternTests {
    private static let read: [(pattern: String, calendar: [String])] = [
        ("* * * * *", ["*-*-* *:*:00"]),
        ("0 3 * * *", ["*-*-* 03:00:00"]),
        ("30 0 3 * * *", ["*-*-* 03:00:30"]),
        ("*/15 * * * *", ["*-*-* *:00,15,30,45:00"]),
        ("5/20 9-17/4 * * *", ["*-*-* 09,13,17:05,25,45:00"]),
        ("0 0 1,15 * *", ["*-*-01,15 00:00:00"]),
        ("0 0 * jan-MAR *", ["*-01,02,03-* 00:00:00"]),
        ("0 4 * * 0", ["Sun *-*-* 04:00:00"]),
        ("0 4 * * 7", ["Sun *-*-* 04:00:00"]),
        ("0 4 * * mon-fri", ["Mon,Tue,Wed,Thu,Fri *-*-* 04:00:00"]),
        ("0 4 * * fri-sun", ["Sun,Fri,Sat *-*-* 04:00:00"]),
        ("0 4 13 * 5", ["Fri *-*-* 04:00:00", "*-*-13 04:00:00"]),
        ("  0\t4 * * *  ", ["*-*-* 04:00:00"]),
        ("@daily", ["daily"]),
        ("@WEEKLY", ["Sun *-*-* 00:00:00"]),
    ]

    @Test("elapses when the calendar does")
    func reads() throws {
        for (pattern, expected) in Self.read {
            #expect(try CronPattern(parsing: pattern).calendar == expected, "\(pattern)")
        }
    }

    @Test("is refused where a calendar can't say the same")
    func refuses() {
        for pattern in [
            "", "* * * *", "* * * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * L * *",
            "* * * 13 *", "* * * * 8", "* * * * 5#2", "*/0 * * * *", "5-1 * * * *", "a * * * *",
            "1,,2 * * * *", "1- * * * *", "-1 * * * *", "* * ? * *", "@reboot",
            "99999999999999999999 * * * *",
        ] {
            #expect(throws: EcosystemRefused.self, "\(pattern)") {
                try CronPattern(parsing: pattern)
            }
        }
    }
}
