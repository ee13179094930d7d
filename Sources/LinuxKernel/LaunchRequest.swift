// Everything a new process is given, decided before it exists.
// Invariant: what is not named here does not reach it, neither a descriptor nor a signal's mask.

/// The order for one launch.
package struct LaunchRequest {
    /// An absolute path, see ``Executable/find(_:searchPath:)``.
    package var executable: String
    /// With the program's own name as the first.
    package var arguments: [String]
    /// The whole environment, `NAME=value` each; nothing is inherited.
    package var environment: [String] = []
    /// Variables whose value is the new process's own pid, which only it can know: `LISTEN_PID`,
    /// `WATCHDOG_PID`. They take the place of any of that name in `environment`.
    package var ownPidVariables: [String] = []
    /// `nil` is this process's own.
    package var workingDirectory: String?
    /// They become descriptors 3, 4, … in this order; one may come several times.
    package var descriptors: [SharedDescriptor] = []
    /// `nil` is /dev/null, here and for the next two.
    package var standardInput: SharedDescriptor?
    package var standardOutput: SharedDescriptor?
    package var standardError: SharedDescriptor?
    /// Where the process is born; `nil` is this process's own.
    package var controlGroup: ControlGroup?
    /// Whether it leads a process group of its own: needed for ``ChildProcess/signalGroup(_:)``.
    package var leadsProcessGroup = true
    /// Sent to it when the thread that launched it ends.
    package var parentDeathSignal: Int32?
    /// Launches as on a system without clone3, for tests.
    package var forcesLegacyClone = false

    package init(executable: String, arguments: [String]) {
        self.executable = executable
        self.arguments = arguments
    }
}

/// Whether the program came to run.
package enum LaunchVerdict: Equatable, Sendable, CustomStringConvertible {
    /// Nothing known yet.
    case pending
    /// The program was executed, or the child was killed before that: its exit then says so.
    case executed
    case failed(LaunchStep, SystemError)

    package var description: String {
        switch self {
        case .pending: "is being launched"
        case .executed: "was executed"
        case .failed(_, let error): error.description
        }
    }
}

/// A step in the child between the clone and the exec. The raw values are those of `CLinux`.
package enum LaunchStep: Int32, Equatable, Sendable {
    case parentDeathSignal = 1
    case processGroup = 2
    case controlGroup = 3
    case workingDirectory = 4
    case descriptors = 5
    case execution = 6
}
