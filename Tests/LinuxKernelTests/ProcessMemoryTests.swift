// What a process has for itself.

import Glibc
import Testing

@testable import LinuxKernel

@Suite struct ProcessMemoryTests {
    @Test(arguments: [
        ("100 30 10 1 0 20 0", UInt64(20 * 4_096)), ("100 30 30 1 0 20 0", 0),
        // Counters are approximate: more shared than resident is possible for a moment.
        ("100 30 31 1 0 20 0", 0),
    ])
    func itIsWhatIsResidentAndNotShared(statm: String, bytes: UInt64) {
        #expect(ProcessMemory.own(statm: statm, pageSize: 4_096) == bytes)
    }

    @Test(arguments: ["", "1 2", "a b c", "1 -2 3", "0 18446744073709551615 0"])
    func whatMakesNoSenseIsNothing(statm: String) {
        #expect(ProcessMemory.own(statm: statm, pageSize: 4_096) == nil)
    }

    @Test func memoryThatIsTouchedCounts() throws {
        let before = try #require(ProcessMemory.own(pid: getpid()))
        let size = 64 << 20
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4_096)
        defer { memory.deallocate() }
        memset(memory, 1, size)
        let after = try #require(ProcessMemory.own(pid: getpid()))
        // Other tests allocate and free beside this one.
        #expect(after > before + 32 << 20)
    }

    @Test func aProcessThatIsNotThereHasNone() {
        #expect(ProcessMemory.own(pid: Int32.max) == nil)
    }
}
