// What ends this program other than well: a sentence for people, a status for programs.

/// The statuses of martletctl(1): those of sysexits.h(3head), and two that systemctl(1) has.
enum ExitCode: Int32, Comparable {
    case done = 0
    /// The reload failed, and the old workers serve on.
    case failed = 1
    /// Asked for its status, the pool does not run.
    case notRunning = 3
    case usage = 64
    case noInput = 66
    case unavailable = 69
    case system = 71
    /// A file that was to be made is there already.
    case exists = 73
    case output = 74
    /// The master is of a version that does not know what it was asked for.
    case tooOld = 76
    case noPermission = 77
    case configuration = 78
    /// 128 and the signal's number, as a shell has it.
    case interrupted = 130
    case terminated = 143

    static func < (left: ExitCode, right: ExitCode) -> Bool { left.rawValue < right.rawValue }
}

struct Failure: Error, Equatable {
    let code: ExitCode
    /// One or more lines.
    let sentence: String

    init(_ code: ExitCode, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }
}
