// Signals by name and number, as systemd.kill(5) reads and writes them.

import PoolCore
import Testing

@Suite struct SignalTests {
    /// kill -l of Linux on x86-64 and arm64.
    static let numbers: [(String, Int32)] = [
        ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ILL", 4), ("TRAP", 5), ("ABRT", 6), ("BUS", 7),
        ("FPE", 8), ("KILL", 9), ("USR1", 10), ("SEGV", 11), ("USR2", 12), ("PIPE", 13),
        ("ALRM", 14), ("TERM", 15), ("STKFLT", 16), ("CHLD", 17), ("CONT", 18), ("STOP", 19),
        ("TSTP", 20), ("TTIN", 21), ("TTOU", 22), ("URG", 23), ("XCPU", 24), ("XFSZ", 25),
        ("VTALRM", 26), ("PROF", 27), ("WINCH", 28), ("IO", 29), ("PWR", 30), ("SYS", 31),
    ]

    @Test(arguments: numbers)
    func eachNameIsReadWithAndWithoutItsPrefixAndAsANumber(name: String, number: Int32) {
        #expect(Signal(named: name) == Signal(number))
        #expect(Signal(named: "SIG" + name) == Signal(number))
        #expect(Signal(named: "\(number)") == Signal(number))
        #expect(Signal(number).description == "SIG" + name)
    }

    @Test func everyNameIsListedForMessages() {
        #expect(Signal.allNames == Self.numbers.map { "SIG" + $0.0 })
    }

    @Test(arguments: [
        ("RTMIN", 34), ("SIGRTMIN", 34), ("RTMIN+0", 34), ("SIGRTMIN+3", 37), ("RTMIN+30", 64),
        ("RTMAX", 64), ("SIGRTMAX-1", 63), ("RTMAX-30", 34), ("34", 34), ("64", 64),
    ])
    func realTimeSignalsAreCountedFromEitherEnd(name: String, number: Int32) {
        #expect(Signal(named: name) == Signal(number))
    }

    @Test func realTimeSignalsAreWrittenFromTheirBeginning() {
        #expect(Signal(34).description == "SIGRTMIN")
        #expect(Signal(37).description == "SIGRTMIN+3")
        #expect(Signal(64).description == "SIGRTMIN+30")
        for number in Int32(34)...64 {
            #expect(Signal(named: Signal(number).description) == Signal(number))
        }
    }

    @Test(arguments: [
        "", "SIG", "sigterm", "TERMINATE", "SIGSIGTERM", " TERM", "TERM ", "0", "-1", "-15", "32",
        "33",
        "65", "99999999999999999999", "RTMIN-1", "RTMIN+31", "RTMAX+1", "RTMAX-31", "RTMIN+",
        "RTMIN+x", "RTMIN+-3", "RTMIN++3", "RTMAX--0", "RTMAX--3", "RTMIN3", "RTMED", "1.5",
    ])
    func whatIsNotASignalIsRefused(text: String) {
        #expect(Signal(named: text) == nil)
    }

    @Test func aNumberWithoutANameIsStillSpoken() {
        #expect(Signal(32).description == "signal 32")
        #expect(Signal(0).description == "signal 0")
        #expect(Signal(-1).description == "signal -1")
    }
}
