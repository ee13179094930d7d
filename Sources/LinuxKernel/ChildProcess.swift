// A process that this one, or a master before it, has launched, held by its pidfd.
// Invariant: it is signalled and reaped through the pidfd alone, never by a number that another
// process may have got meanwhile; it is reaped at most once.

import CLinux
import Glibc

/// From its launch to its reaping. Its owner watches ``pidfd``, readable when the process has ended,
/// and ``verdictDescriptor``, readable when ``readVerdict()`` has an answer.
package final class ChildProcess {
    package let pid: Int32
    package let pidfd: SharedDescriptor
    /// The read end of the verdict pipe; `nil` if that was not kept, or is not needed any more.
    package private(set) var verdictDescriptor: SharedDescriptor?
    /// How it ended, once it was reaped.
    package private(set) var exit: ProcessExit?
    package let leadsProcessGroup: Bool
    /// With the memory that the child runs in until it executes its program.
    private var spawned: martlet_spawned
    /// How it ended, as ``foreignExit()`` said: a later answer may know less.
    private var foreignEnd: ProcessExit?
    /// When it was started, in the kernel's ticks since the boot: with the pid it names one process
    /// for ever. 0 where that can't be read, as behind `ProtectProc=`. Read when somebody first asks:
    /// until it is reaped, nobody else can have its pid.
    package private(set) lazy var startTime =
        exit == nil ? ProcessStat.read(pid: pid)?.startTime ?? 0 : 0

    private init(_ spawned: martlet_spawned, leadsProcessGroup: Bool) {
        pid = spawned.pid
        pidfd = SharedDescriptor(FileDescriptor(owning: spawned.pidfd))
        verdictDescriptor = SharedDescriptor(FileDescriptor(owning: spawned.verdict))
        self.spawned = spawned
        self.leadsProcessGroup = leadsProcessGroup
    }

    /// See ``adopt(pidfd:pid:startTime:leadsProcessGroup:verdict:)``.
    init(
        adopted pidfd: SharedDescriptor, pid: Int32, startTime: UInt64, leadsProcessGroup: Bool,
        verdict: SharedDescriptor?
    ) {
        self.pid = pid
        self.pidfd = pidfd
        verdictDescriptor = verdict
        // Its memory was another master's.
        spawned = martlet_spawned()
        self.leadsProcessGroup = leadsProcessGroup
        self.startTime = startTime
    }

    deinit {
        guard spawned.memory != nil else { return }
        // Where the child may still be in it, it has to stay. Without a pipe the verdict is a guess.
        let isExecuted = verdictDescriptor != nil && (try? readVerdict()) == .executed
        if isExecuted || (try? hasEnded()) == true { martlet_release_memory(&spawned) }
    }

    /// Starts a process and returns before it has executed its program.
    ///
    /// - Throws: EAGAIN, ENOMEM, EMFILE, ENFILE when there can be no process now; with a control
    ///   group, what clone3 says of it: EACCES, EBUSY, EOPNOTSUPP, and ENOENT or ENODEV for one
    ///   that was removed. Whatever goes wrong in the child comes as a verdict.
    ///
    /// The corresponding system calls are `clone3(2)` and, where that is refused, `clone(2)`.
    package static func launch(_ request: LaunchRequest) throws(SystemError) -> ChildProcess {
        let operation = "launch \(request.executable)"
        let texts =
            [request.executable, request.workingDirectory ?? ""] + request.arguments
            + request.environment + request.ownPidVariables
        guard texts.allSatisfy({ !$0.utf8.contains(0) }), !request.arguments.isEmpty else {
            throw SystemError(code: EINVAL, operation: operation)
        }
        var spawned = martlet_spawned()
        let result = request.withKernelForm { form in
            systemCall { martlet_spawn(&form, &spawned) }
        }
        _ = try result.get(operation)
        return ChildProcess(spawned, leadsProcessGroup: request.leadsProcessGroup)
    }

    /// What became of the exec. Once it is other than `.pending`, stop watching, and close the pipe
    /// by ``closeVerdict()``. Without a pipe nobody knows: it is taken for executed, and the exit of
    /// one that was not says so.
    package func readVerdict() throws(SystemError) -> LaunchVerdict {
        guard let verdictDescriptor else { return .executed }
        var failure = martlet_spawn_failure()
        let size = MemoryLayout<martlet_spawn_failure>.size
        let operation = "read the verdict of a launch"
        let raw = verdictDescriptor.rawValue
        let count = try systemCall { Glibc.read(raw, &failure, size) }
            .get(except: EAGAIN, operation: operation)
        guard let count else { return .pending }
        guard count > 0 else {
            martlet_release_memory(&spawned)
            return .executed
        }
        // A pipe delivers so few bytes whole, pipe(7).
        guard count == size, let step = LaunchStep(rawValue: failure.step) else {
            throw SystemError(code: EBADMSG, operation: operation)
        }
        return .failed(step, SystemError(code: failure.code, operation: step.operation))
    }

    package func closeVerdict() { verdictDescriptor = nil }

    /// Sends it a signal.
    ///
    /// - Returns: Whether it was there to get it; one that has ended but is not reaped is.
    ///
    /// The corresponding system call is `pidfd_send_signal(2)`.
    @discardableResult
    package func signal(_ number: Int32) throws(SystemError) -> Bool {
        let raw = pidfd.rawValue
        return try systemCall { martlet_pidfd_send_signal(raw, number) }
            .get(except: ESRCH, operation: "send signal \(number) to process \(pid)") != nil
    }

    /// Sends a signal to every process of the group it leads. Call it before ``reap()``: as long as
    /// the zombie is there, nobody else can get the number of its group.
    ///
    /// - Returns: Whether there was anybody to get it.
    ///
    /// The corresponding system call is `pidfd_send_signal(2)` with `PIDFD_SIGNAL_PROCESS_GROUP`;
    /// before Linux 6.9 it is `kill(2)`, to one that is not our child only while it lives: its
    /// parent may have reaped it at any time after that.
    @discardableResult
    package func signalGroup(_ number: Int32) throws(SystemError) -> Bool {
        guard leadsProcessGroup, exit == nil else { return false }
        let raw = pidfd.rawValue
        let operation = "send signal \(number) to the process group \(pid)"
        let sent = systemCall { martlet_pidfd_send_group_signal(raw, number) }
        guard case .failure(EINVAL) = sent else {
            return try sent.get(except: ESRCH, operation: operation) != nil
        }
        let isChild = try isChild()
        if !isChild, try hasEnded() { return false }
        let group = -pid
        return try systemCall { kill(group, number) }
            .get(except: ESRCH, operation: operation) != nil
    }

    /// How it ended, leaving the zombie in place; `nil` while it runs.
    ///
    /// The corresponding C function is `waitid(2)` with `WNOWAIT`; for one that is not our child
    /// see ``foreignExit()``.
    package func peekExit() throws(SystemError) -> ProcessExit? {
        if let exit { return exit }
        return try wait(WEXITED | WNOHANG | WNOWAIT)
    }

    /// Takes its exit and lets the kernel forget it; `nil` while it runs.
    ///
    /// The corresponding C function is `waitid(2)` with `P_PIDFD`.
    package func reap() throws(SystemError) -> ProcessExit? {
        if let exit { return exit }
        exit = try wait(WEXITED | WNOHANG)
        return exit
    }

    private func wait(_ options: Int32) throws(SystemError) -> ProcessExit? {
        let raw = pidfd.rawValue
        var result = martlet_exit()
        let count = try systemCall { martlet_wait_pidfd(raw, options, &result) }
            .get(except: ECHILD, operation: "learn how process \(pid) ended")
        guard let count else {
            if foreignEnd == nil { foreignEnd = try foreignExit() }
            return foreignEnd
        }
        guard count > 0 else { return nil }
        martlet_release_memory(&spawned)
        return ProcessExit(result)
    }

    /// Whether waitid(2) knows it.
    private func isChild() throws(SystemError) -> Bool {
        let raw = pidfd.rawValue
        var result = martlet_exit()
        return try systemCall { martlet_wait_pidfd(raw, WEXITED | WNOHANG | WNOWAIT, &result) }
            .get(except: ECHILD, operation: "learn whether process \(pid) is a child") != nil
    }
}

extension LaunchStep {
    fileprivate var operation: String {
        switch self {
        case .parentDeathSignal: "tie a worker to its parent's life"
        case .processGroup: "give a worker a process group of its own"
        case .controlGroup: "put a worker into its control group"
        case .workingDirectory: "enter the working directory"
        case .descriptors: "put the descriptors of a worker in place"
        case .execution: "execute the program"
        }
    }
}

// MARK: The form CLinux takes

extension LaunchRequest {
    /// Calls with the request as C has it, alive for the time of the call.
    fileprivate func withKernelForm<Result>(_ body: (inout martlet_spawn) -> Result) -> Result {
        let replaced = ownPidVariables.map { $0 + "=" }
        let kept = environment.filter { entry in !replaced.contains { entry.hasPrefix($0) } }
        // Zeroes for the child to write its pid over.
        let room = String(repeating: "0", count: Int(MARTLET_PID_DIGITS))

        let argumentStrings = CStringArray(arguments)
        let environmentStrings = CStringArray(kept + replaced.map { $0 + room })
        var slots = replaced.enumerated().map { index, prefix in
            environmentStrings.pointers[kept.count + index]! + prefix.utf8.count
        }
        var numbers = descriptors.map(\.rawValue)
        let directory = workingDirectory.map { CStringArray([$0]) }
        defer {
            withExtendedLifetime((argumentStrings, environmentStrings, directory, self)) {}
        }

        return executable.withCString { path in
            slots.withUnsafeMutableBufferPointer { slots in
                numbers.withUnsafeMutableBufferPointer { numbers in
                    var form = martlet_spawn(
                        path: path, arguments: argumentStrings.pointers.baseAddress!,
                        environment: environmentStrings.pointers.baseAddress!,
                        own_pid_slots: slots.baseAddress, own_pid_slot_count: slots.count,
                        directory: directory.map { UnsafePointer($0.pointers[0]!) },
                        descriptors: numbers.baseAddress,
                        descriptor_count: UInt32(numbers.count),
                        standard_descriptors: (
                            standardInput?.rawValue ?? -1, standardOutput?.rawValue ?? -1,
                            standardError?.rawValue ?? -1
                        ),
                        cgroup: controlGroup?.directory.rawValue ?? -1,
                        parent_death_signal: parentDeathSignal ?? 0,
                        new_process_group: leadsProcessGroup,
                        force_legacy_clone: forcesLegacyClone)
                    return body(&form)
                }
            }
        }
    }
}

/// A NULL-terminated array of C strings.
private final class CStringArray {
    let pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>

    init(_ strings: [String]) {
        pointers = .allocate(capacity: strings.count + 1)
        pointers.initialize(repeating: nil)
        for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
    }

    deinit {
        for pointer in pointers { free(pointer) }
        pointers.deallocate()
    }
}
