// The value of `SuccessExitStatus=` and `RestartPreventExitStatus=`: exit codes by number or by
// systemd's name for them, and signals by name.

import PoolCore

extension ExitStatusSet {
    /// Reads `1 75 TEMPFAIL SIGUSR1`.
    package init(parsing text: String) throws(InvalidValue) {
        self.init()
        for word in text.blankSeparated { try insert(word) }
    }

    private mutating func insert(_ word: String) throws(InvalidValue) {
        if word.utf8.allSatisfy(\.isDigit) {
            guard let code = Int32(word), (0...255).contains(code) else {
                throw InvalidValue("an exit status is at most 255")
            }
            codes.append(code)
        } else if let code = exitStatusCodes[word] {
            codes.append(code)
        } else if word.utf8.first?.isLetter == true, let signal = Signal(named: word) {
            signals.append(signal)
        } else {
            let names = exitStatusCodes.keys.sorted() + Signal.allNames
            throw InvalidValue(
                "\"\(word.shortened(to: 30))\" is no exit status or signal"
                    + suggestion(for: word, among: names))
        }
        normalize()
    }

    /// With what another line of the same list adds.
    func union(_ other: ExitStatusSet) -> ExitStatusSet {
        var union = ExitStatusSet(codes: codes + other.codes, signals: signals + other.signals)
        union.normalize()
        return union
    }

    private mutating func normalize() {
        codes = Set(codes).sorted()
        signals = Set(signals).sorted { $0.number < $1.number }
    }

    /// The way `init(parsing:)` reads it.
    package var listText: String {
        (codes.map(String.init) + signals.map(\.description)).joined(separator: " ")
    }
}

/// As `systemd-analyze exit-status` lists them.
private let exitStatusCodes: [String: Int32] = [
    "SUCCESS": 0, "FAILURE": 1, "INVALIDARGUMENT": 2, "NOTIMPLEMENTED": 3, "NOPERMISSION": 4,
    "NOTINSTALLED": 5, "NOTCONFIGURED": 6, "NOTRUNNING": 7,
    "USAGE": 64, "DATAERR": 65, "NOINPUT": 66, "NOUSER": 67, "NOHOST": 68, "UNAVAILABLE": 69,
    "SOFTWARE": 70, "OSERR": 71, "OSFILE": 72, "CANTCREAT": 73, "IOERR": 74, "TEMPFAIL": 75,
    "PROTOCOL": 76, "NOPERM": 77, "CONFIG": 78,
    "CHDIR": 200, "NICE": 201, "FDS": 202, "EXEC": 203, "MEMORY": 204, "LIMITS": 205,
    "OOM_ADJUST": 206, "SIGNAL_MASK": 207, "STDIN": 208, "STDOUT": 209, "CHROOT": 210,
    "IOPRIO": 211, "TIMERSLACK": 212, "SECUREBITS": 213, "SETSCHEDULER": 214, "CPUAFFINITY": 215,
    "GROUP": 216, "USER": 217, "CAPABILITIES": 218, "CGROUP": 219, "SETSID": 220, "CONFIRM": 221,
    "STDERR": 222, "PAM": 224, "NETWORK": 225, "NAMESPACE": 226, "NO_NEW_PRIVILEGES": 227,
    "SECCOMP": 228, "SELINUX_CONTEXT": 229, "PERSONALITY": 230, "APPARMOR": 231,
    "ADDRESS_FAMILIES": 232, "RUNTIME_DIRECTORY": 233, "CHOWN": 235, "SMACK_PROCESS_LABEL": 236,
    "KEYRING": 237, "STATE_DIRECTORY": 238, "CACHE_DIRECTORY": 239, "LOGS_DIRECTORY": 240,
    "CONFIGURATION_DIRECTORY": 241, "NUMA_POLICY": 242, "CREDENTIALS": 243, "BPF": 244,
    "EXCEPTION": 255,
]
