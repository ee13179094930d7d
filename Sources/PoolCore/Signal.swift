// The signals of signal(7) by number and name, as Linux numbers them on x86-64 and arm64.

/// A Linux signal number.
package struct Signal: Hashable, Codable, Sendable, CustomStringConvertible {
    package let number: Int32

    package init(_ number: Int32) {
        self.number = number
    }

    package static let hangup = Signal(1)
    package static let interrupt = Signal(2)
    package static let quit = Signal(3)
    package static let abort = Signal(6)
    package static let kill = Signal(9)
    package static let user1 = Signal(10)
    package static let user2 = Signal(12)
    package static let pipe = Signal(13)
    package static let terminate = Signal(15)
    package static let terminalInput = Signal(21)
    package static let terminalOutput = Signal(22)

    private static let names: [String] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
        "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
        "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]

    /// The range of real-time signals that glibc leaves to programs.
    private static let realTime: ClosedRange<Int32> = 34...64

    /// Every plain name, for messages that name the nearest valid one.
    package static var allNames: [String] { names.map { "SIG" + $0 } }

    /// Reads `SIGTERM`, `TERM`, `15`, `RTMIN+3` or `SIGRTMAX-1`, as systemd.kill(5) does.
    package init?(named text: String) {
        if let number = Int32(text) {
            guard (1...31).contains(number) || Self.realTime.contains(number) else { return nil }
            self.init(number)
            return
        }
        let name = text.hasPrefix("SIG") ? String(text.dropFirst(3)) : text
        if let index = Self.names.firstIndex(of: name) {
            self.init(Int32(index + 1))
        } else if let number = Self.realTimeNumber(name) {
            self.init(number)
        } else {
            return nil
        }
    }

    private static func realTimeNumber(_ name: String) -> Int32? {
        guard name.hasPrefix("RTMIN") || name.hasPrefix("RTMAX") else { return nil }
        let base = name.hasPrefix("RTMIN") ? realTime.lowerBound : realTime.upperBound
        let rest = name.dropFirst(5)
        if rest.isEmpty { return base }
        let sign: Character = name.hasPrefix("RTMIN") ? "+" : "-"
        let digits = rest.dropFirst()
        // Int32 alone would take a second sign.
        guard rest.first == sign, digits.allSatisfy(\.isWholeNumber), let offset = Int32(digits),
            offset <= 30
        else { return nil }
        let number = sign == "+" ? base + offset : base - offset
        return realTime.contains(number) ? number : nil
    }

    package var description: String {
        if (1...Int32(Self.names.count)).contains(number) {
            return "SIG" + Self.names[Int(number) - 1]
        }
        if Self.realTime.contains(number) {
            return number == Self.realTime.lowerBound
                ? "SIGRTMIN" : "SIGRTMIN+\(number - Self.realTime.lowerBound)"
        }
        return "signal \(number)"
    }
}
