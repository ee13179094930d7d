// The kernel as a sandbox shows it: `RestrictNamespaces=` makes clone3 answer ENOSYS, and Linux
// before 6.9 refuses to signal a process group through a pidfd.

import Glibc
import LinuxKernel

/// One instruction of classic BPF, as in <linux/filter.h>.
private struct Instruction {
    let code: UInt16
    let jumpIfTrue: UInt8
    let jumpIfFalse: UInt8
    let value: UInt32

    static func load(_ offset: UInt32) -> Instruction {
        Instruction(code: 0x20, jumpIfTrue: 0, jumpIfFalse: 0, value: offset)
    }

    /// Goes on if equal, or else skips instructions.
    static func ifEqual(_ value: UInt32, elseSkip count: UInt8) -> Instruction {
        Instruction(code: 0x15, jumpIfTrue: 0, jumpIfFalse: count, value: value)
    }

    static func fail(_ code: Int32) -> Instruction {
        Instruction(code: 0x06, jumpIfTrue: 0, jumpIfFalse: 0, value: 0x5_0000 | UInt32(code))
    }

    static let allow = Instruction(code: 0x06, jumpIfTrue: 0, jumpIfFalse: 0, value: 0x7fff_0000)
}

private struct Program {
    let count: UInt16
    let instructions: UnsafePointer<Instruction>
}

private func installFilter() throws {
    // Swift does not see variadic functions; on x86-64 and arm64 this is how one is called.
    typealias ProcessControl = @convention(c) (CInt, UInt, UInt, UInt, UInt) -> CInt
    guard let symbol = dlsym(nil, "prctl") else { throw Failure.filter }
    let prctl = unsafeBitCast(symbol, to: ProcessControl.self)

    // The offsets are those of struct seccomp_data: the number, and the low half of argument 3.
    let instructions: [Instruction] = [
        .load(0),
        .ifEqual(435, elseSkip: 1),  // clone3
        .fail(ENOSYS),
        .ifEqual(424, elseSkip: 3),  // pidfd_send_signal
        .load(40),
        .ifEqual(4, elseSkip: 1),  // PIDFD_SIGNAL_PROCESS_GROUP
        .fail(EINVAL),
        .allow,
    ]
    try instructions.withUnsafeBufferPointer { buffer in
        var program = Program(count: UInt16(buffer.count), instructions: buffer.baseAddress!)
        let installed = withUnsafePointer(to: &program) { pointer in
            prctl(38, 1, 0, 0, 0) == 0  // PR_SET_NO_NEW_PRIVS
                && prctl(22, 2, UInt(bitPattern: pointer), 0, 0) == 0  // PR_SET_SECCOMP
        }
        guard installed else { throw Failure.filter }
    }
}

/// Everything a master does with a worker, under the filter. With a third argument, in a control
/// group below that directory.
func launchUnderFilter() throws {
    try installFilter()
    let parent =
        CommandLine.arguments.count > 2
        ? try ControlGroup.open(path: CommandLine.arguments[2]) : nil
    let group = try parent?.makeChild("worker")

    var request = try shell(
        "echo \"own pid $([ $LISTEN_PID = $$ ] && echo yes)\"; cat /proc/$$/cgroup")
    request.ownPidVariables = ["LISTEN_PID"]
    request.controlGroup = group
    let child = try ChildProcess.launch(request)
    let answer = try verdict(of: child)
    let exit = try finish(child).map { "\($0)" } ?? "running"
    report("\(answer), \(exit)")

    var sleeper = try shell("sleep 1000 & sleep 1000 & echo started; wait")
    sleeper.controlGroup = group
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    let output = FileDescriptor(owning: ends[0])
    sleeper.standardOutput = SharedDescriptor(FileDescriptor(owning: ends[1]))
    let leader = try ChildProcess.launch(sleeper)
    sleeper.standardOutput = nil
    report(String(decoding: try readToEnd(output, until: "started\n").dropLast(), as: UTF8.self))
    report("group signalled \(try leader.signalGroup(SIGKILL))")
    report("end of file \(try readToEnd(output, until: nil).isEmpty)")
    report("\(try finish(leader).map { "\($0)" } ?? "running")")
    guard let group else { return }
    let events = try group.openEvents()
    let epoll = try Epoll()
    try epoll.add(events, .priority, token: 0)
    while try group.isPopulated() {
        guard try epoll.wait(nanoseconds: 20_000_000_000, { _ in }) > 0 else { break }
    }
    report("removed \(try group.remove())")
}

/// Reads until the text has come, or all writers are gone.
private func readToEnd(
    _ descriptor: borrowing FileDescriptor, until end: String?
) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 256)
    while true {
        let raw = descriptor.rawValue
        let count = read(raw, &chunk, chunk.count)
        guard count > 0 else { return bytes }
        bytes += chunk[..<count]
        if let end, bytes == Array(end.utf8) { return bytes }
    }
}
