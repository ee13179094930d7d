// Processes that become their own program anew.

import Glibc
import LinuxKernel

private func isBlocked(_ number: Int32) -> Bool {
    var mask = sigset_t()
    sigprocmask(SIG_BLOCK, nil, &mask)
    return sigismember(&mask, number) == 1
}

private func isPending(_ number: Int32) -> Bool {
    var pending = sigset_t()
    sigpending(&pending)
    return sigismember(&pending, number) == 1
}

private func block(_ number: Int32) {
    var set = sigset_t()
    sigaddset(&set, number)
    sigprocmask(SIG_BLOCK, &set, nil)
}

private func describe(_ items: [Handover.Item]) throws {
    for (name, shared) in items {
        let flags = try shared.descriptor.isCloseOnExec() ? "close-on-exec" : "inheritable"
        report("\(name), \(flags)")
    }
}

/// Keeps a memory and one end of a pipe under names that are hard to write down.
func becomeAnew() throws {
    block(SIGUSR1)
    raise(SIGUSR1)
    let memory = try StateMemory.make()
    try memory.write([1, 2, 3])
    let (reader, writer) = try Pipe.make()
    let kept: [Handover.Item] = [
        ("martlet.state", memory.file), ("100% \"odd\" name é", reader), ("", writer),
    ]
    setenv(Handover.variable, "77:of a former execution", 1)
    let arguments = ["KernelProbe", "handover", "\(getpid())", "\(try openDescriptors().count)"]
    throw OwnProcess.become(OwnProcess.executable, arguments, keeping: kept)
}

/// The new image.
func takeHandover() throws {
    // Without those it was given: what else there is.
    let others = try openDescriptors().count
    let items: [Handover.Item]
    do throws(SystemError) {
        items = try Handover.take()
    } catch {
        report(error.name)
        report("left \(try openDescriptors().filter { $0 > 2 })")
        return
    }
    try describe(items)
    report("variable \(OwnProcess.variable(Handover.variable) ?? "gone")")
    report("again \(try Handover.take().count)")
    guard CommandLine.arguments.count > 3 else { return }
    report("same process \(CommandLine.arguments[2] == "\(getpid())")")
    report("descriptors \(CommandLine.arguments[3] == "\(others)" ? "unchanged" : "changed")")
    report("signal blocked \(isBlocked(SIGUSR1)), waits \(isPending(SIGUSR1))")
    report("state \(try StateMemory(items[0].descriptor).image() ?? [])")
}

/// There is no program to become.
func becomeNothing() throws {
    let memory = try StateMemory.make()
    let (reader, writer) = try Pipe.make()
    try writer.descriptor.setCloseOnExec(false)
    let kept: [Handover.Item] = [("state", memory.file), ("reader", reader), ("writer", writer)]
    report("\(OwnProcess.become("/proc/nonexistent", ["x"], keeping: kept))")
    try describe(kept)
    report("variable \(OwnProcess.variable(Handover.variable) ?? "gone")")
    let twice: [Handover.Item] = [("one", memory.file), ("other", memory.file)]
    report("\(OwnProcess.become(OwnProcess.executable, ["x"], keeping: twice))")
    report("\(OwnProcess.become("/bin/true\0", ["x"], keeping: kept))")
    try describe(kept)
}

/// Becomes itself over and over, until a signal was there when an image began. The third argument
/// counts.
func awaitSignalThroughExecutions() throws {
    if isPending(SIGTERM) { return report("the signal has arrived") }
    block(SIGTERM)
    let round = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 0 : 0
    if round == 3 { report("executed") }
    guard round < 10_000 else { return report("no signal") }
    let arguments = ["KernelProbe", "signalled", "\(round + 1)"]
    throw OwnProcess.become(OwnProcess.executable, arguments, keeping: [])
}

/// Before and after the file is gone.
func printExecutable() throws {
    report(OwnProcess.executable)
    guard CommandLine.arguments.count < 3 else { return }
    let own = OwnProcess.executable
    let renamed = "\(own).old"
    try FileSystem.rename(own, to: renamed)
    report(OwnProcess.executable)
    try FileSystem.rename(renamed, to: own)
    throw OwnProcess.become(OwnProcess.executable, ["x", "executable", "again"], keeping: [])
}
