// Processes that a former master has launched.
// Invariant: what is adopted is the process that was launched, never another that has got its pid.

import CLinux
import Glibc

extension ChildProcess {
    /// Takes over what a former master kept of a process.
    ///
    /// One that is gone has no pid any more, so nothing can be compared: the pidfd is taken for
    /// what it was kept as. It does no harm, as no signal goes anywhere, and its end is told.
    ///
    /// - Parameters:
    ///   - pid: As it was when the process was launched, in this PID namespace.
    ///   - startTime: ``startTime`` as it was then; 0 if that could not be read.
    ///   - leadsProcessGroup: As in the request for its launch.
    ///   - verdict: The read end of its verdict pipe, if that was kept.
    /// - Returns: `nil` if the descriptor is no pidfd, or one of another process.
    ///
    /// The sources are `/proc/self/fdinfo`, pidfd_open(2), and `/proc/PID/stat`.
    package static func adopt(
        pidfd: SharedDescriptor, pid: Int32, startTime: UInt64, leadsProcessGroup: Bool,
        verdict: SharedDescriptor? = nil
    ) throws(SystemError) -> ChildProcess? {
        let process = ChildProcess(
            adopted: pidfd, pid: pid, startTime: startTime, leadsProcessGroup: leadsProcessGroup,
            verdict: verdict)
        switch try Pidfd.holder(of: pidfd) {
        case .process(pid):
            let found = ProcessStat.read(pid: pid)?.startTime
            // Reaped since, it may be another process's time.
            if try Pidfd.holder(of: pidfd) == .gone { return process }
            // Where the time is hidden, the pidfd's word has to do.
            guard let found, startTime != 0 else { return process }
            return found == startTime ? process : nil
        case .gone: return process
        case .process, nil: return nil
        }
    }

    /// The same where nothing is known but the pidfd; `nil` if that is none, or its process is gone.
    package static func adopt(
        pidfd: SharedDescriptor, leadsProcessGroup: Bool
    ) throws(SystemError) -> ChildProcess? {
        guard case .process(let pid) = try Pidfd.holder(of: pidfd) else { return nil }
        return try adopt(
            pidfd: pidfd, pid: pid, startTime: ProcessStat.read(pid: pid)?.startTime ?? 0,
            leadsProcessGroup: leadsProcessGroup)
    }

    /// How a process ended that somebody else is the parent of; `nil` while it runs.
    ///
    /// Since Linux 6.15 the kernel keeps a record for those who have a pidfd, from the reaping on;
    /// until then, and before that version, a zombie's line in /proc says it. Nobody knows of one
    /// that an older kernel has forgotten.
    func foreignExit() throws(SystemError) -> ProcessExit? {
        guard try hasEnded() else { return nil }
        // Twice, for one that is reaped between the two questions.
        for _ in 0..<2 {
            let answer = Pidfd.exitStatus(of: pidfd)
            if case .status(let status) = answer { return ProcessExit(waitStatus: status) }
            if let status = try zombieStatus() { return ProcessExit(waitStatus: status) }
            if answer == .noRecord { return .unknown }
        }
        // A zombie that hides its status: its parent is about to reap it.
        return nil
    }

    /// `nil` if its parent has reaped it, or it hides its status.
    private func zombieStatus() throws(SystemError) -> Int32? {
        guard let stat = ProcessStat.read(pid: pid), stat.isZombie, let status = stat.exitStatus
        else { return nil }
        var byte: CChar = 0
        let program = systemCall("/proc/\(pid)/exe") { readlink($0, &byte, 1) }
        // Not reaped to this moment, so that all of this was of no other process.
        guard try Pidfd.holder(of: pidfd) == .process(pid) else { return nil }
        // The kernel writes 0 for who may not know. Who may is told that a zombie has no program;
        // others are turned away before that.
        if status == 0, case .failure(ENOENT) = program { return 0 }
        return status == 0 ? nil : status
    }
}

/// What the kernel says of a pidfd.
enum Pidfd {
    enum Holder: Equatable {
        case process(Int32)
        /// It was reaped.
        case gone
    }

    /// `nil` for what is no pidfd, or one of a process that this PID namespace does not see.
    static func holder(of descriptor: SharedDescriptor) throws(SystemError) -> Holder? {
        let path = "/proc/self/fdinfo/\(descriptor.rawValue)"
        let text = String(
            decoding: try FileSystem.readFile(path, limit: 65_536), as: UTF8.self)
        for line in text.split(separator: "\n") where line.hasPrefix("Pid:") {
            let number = Int32(line.dropFirst(4).drop(while: \.isWhitespace))
            guard let number, number != 0 else { return nil }
            return number < 0 ? .gone : .process(number)
        }
        return nil
    }

    enum ExitAnswer: Equatable {
        case status(Int32)
        /// Its parent has not reaped it.
        case tooEarly
        case noRecord
    }

    /// The corresponding system call is `ioctl(2)` with `PIDFD_GET_INFO`.
    static func exitStatus(of descriptor: SharedDescriptor) -> ExitAnswer {
        let raw = descriptor.rawValue
        var status: Int32 = 0
        switch systemCall({ martlet_pidfd_exit_status(raw, &status) }) {
        case .value(1): return .status(status)
        case .value: return .tooEarly
        case .failure: return .noRecord
        }
    }
}
