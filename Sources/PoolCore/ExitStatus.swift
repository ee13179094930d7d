// How a process ended, and which ends count as success: the rules of systemd.service(5).

/// What wait(2) told of a process that is gone.
package enum ExitStatus: Hashable, Codable, Sendable, CustomStringConvertible {
    /// It called exit(3); 0…255.
    case exited(Int32)
    case signaled(Signal, coreDumped: Bool)
    /// It is gone and nobody can say how.
    case unknown

    package var description: String {
        switch self {
        case .exited(let code): "exited with status \(code)"
        case .signaled(let signal, let core):
            "was killed by \(signal)\(core ? " (core dumped)" : "")"
        case .unknown: "is gone"
        }
    }
}

/// The value of `SuccessExitStatus=` and `RestartPreventExitStatus=`: exit codes and signals.
package struct ExitStatusSet: Equatable, Codable, Sendable {
    /// Ascending, without duplicates.
    package var codes: [Int32]
    /// Ascending by number, without duplicates.
    package var signals: [Signal]

    package init(codes: [Int32] = [], signals: [Signal] = []) {
        self.codes = codes
        self.signals = signals
    }

    package func contains(_ status: ExitStatus) -> Bool {
        switch status {
        case .exited(let code): codes.contains(code)
        case .signaled(let signal, _): signals.contains(signal)
        case .unknown: false
        }
    }
}

extension ExitStatus {
    /// Whether this end is clean: status 0, one of the signals people stop programs with, or one
    /// that `SuccessExitStatus=` names.
    package func isClean(_ extra: ExitStatusSet) -> Bool {
        if extra.contains(self) { return true }
        switch self {
        case .exited(let code): return code == 0
        case .signaled(let signal, _):
            return [.hangup, .interrupt, .terminate, .pipe].contains(signal)
        case .unknown: return false
        }
    }
}
