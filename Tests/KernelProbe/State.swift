// A master that does nothing but leave its state.

import Glibc
import LinuxKernel

/// Descriptor 3 is the memory.
private func inheritedMemory() throws -> StateMemory {
    try StateMemory(SharedDescriptor(FileDescriptor(owning: 3)))
}

/// An image that says how it was meant to be: its number, then as many bytes as that number wants,
/// each that number's own.
private func image(_ sequence: UInt64) -> [UInt8] {
    let length = Int(sequence &* 7_919 % 50_000)
    let filling = [UInt8](repeating: UInt8(ascii: "a") + UInt8(sequence % 26), count: length)
    return Array("\(sequence) \(length) ".utf8) + filling
}

/// Until it is killed.
func writeStateForEver() throws {
    let memory = try inheritedMemory()
    while true {
        try memory.write(image(memory.sequence + 1))
        for effect in 1...3 { memory.done = effect }
        memory.aliveAt = MonotonicClock.now()
    }
}

/// A file may be of 100,000 bytes: the second image finds no room.
func writeStateBeyondLimit() throws {
    let memory = try inheritedMemory()
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    try memory.write([UInt8](repeating: 1, count: 60_000))
    memory.done = 2
    do throws(SystemError) {
        try memory.write([UInt8](repeating: 2, count: 60_000))
        report("written")
    } catch {
        report("\(error)")
    }
    report("current \(try memory.image() == [UInt8](repeating: 1, count: 60_000)), \(memory.done)")
    try memory.write([3])
    report("current \(try memory.image() == [3])")
}
