// What another program has to say: it is run, and its standard output is read.
// Invariant: neither its silence nor its babble holds us up: it is killed at the deadline, and what
// goes beyond the limit is an error.

import Glibc
import LinuxKernel

struct ProgramOutput: Equatable {
    let exit: ProcessExit
    let text: String

    /// Runs a program of the system with our environment; what it complains of is not heard.
    ///
    /// - Parameter limit: of bytes.
    /// - Returns: `nil` if there is no such program.
    /// - Throws: ETIMEDOUT, EFBIG, and what the launch says.
    static func of(
        _ name: String, _ arguments: [String], limit: Int = 8 << 20,
        nanoseconds: Int64 = 10_000_000_000
    ) throws(SystemError) -> ProgramOutput? {
        guard let path = try Executable.find(name) else { return nil }
        let (child, reader) = try launch(path, [name] + arguments)
        let (bytes, exit) = try child.readToEnd(
            reader, limit: limit, until: MonotonicClock.now() + nanoseconds, name)
        return ProgramOutput(exit: exit, text: String(decoding: bytes, as: UTF8.self))
    }

    /// The end that is written to is the child's alone when this returns.
    private static func launch(
        _ path: String, _ arguments: [String]
    ) throws(SystemError) -> (ChildProcess, SharedDescriptor) {
        let (reader, writer) = try Pipe.make()
        var request = LaunchRequest(executable: path, arguments: arguments)
        // In English, and without what is meant for a terminal.
        let own = ["LC_ALL=C.UTF-8", "SYSTEMD_COLORS=0", "SYSTEMD_PAGER=", "NO_COLOR=1"]
        let names = own.map { $0.prefix { $0 != "=" } + "=" }
        request.environment =
            OwnProcess.environment.filter { entry in !names.contains { entry.hasPrefix($0) } } + own
        request.standardOutput = writer
        // Whoever interrupts us at a terminal means it, too.
        request.leadsProcessGroup = false
        request.parentDeathSignal = SIGKILL
        return (try ChildProcess.launch(request), reader)
    }
}
