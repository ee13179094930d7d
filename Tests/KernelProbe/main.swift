// A program for tests that need a process of their own: its descriptors, limits, signal mask and
// seccomp filter are nobody else's, so they can be spoiled and counted.
// Each command prints what it saw, one fact a line; the tests know what must be there.

import Glibc
import LinuxKernel
import Systemd

let commands: [String: () throws -> Void] = [
    "activation": printActivation,
    "activation-anew": printOwnActivation,
    "barrier": waitForBarrier,
    "child-signal": launchWithSpoiledSignals,
    "executable": printExecutable,
    "exhausted": launchWithoutFreeDescriptors,
    "launches": launchOften,
    "limited": launchBeyondChildsLimit,
    "notify": sendNotifications,
    "orphan": leaveOrphan,
    "handover": takeHandover,
    "parent-death": leaveChildBehind,
    "overlap": launchWithOverlappingDescriptors,
    "reexecute": becomeAnew,
    "reexecute-nothing": becomeNothing,
    "signalled": awaitSignalThroughExecutions,
    "store": keepDescriptors,
    "standard-error": printWhereErrorsGo,
    "state-full": writeStateBeyondLimit,
    "state-writer": writeStateForEver,
    "stream": openStream,
    "standard-closed": launchWithoutStandardDescriptors,
    "without-clone3": launchUnderFilter,
]

guard CommandLine.arguments.count > 1, let command = commands[CommandLine.arguments[1]] else {
    StandardStream.error.write("usage: KernelProbe \(commands.keys.sorted())\n".utf8)
    exit(64)
}
do {
    try command()
} catch {
    StandardStream.error.write("KernelProbe: \(error)\n".utf8)
    exit(70)
}
