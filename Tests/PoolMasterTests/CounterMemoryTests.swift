// Counters outlive the master that has made them.

import LinuxKernel
import Testing

@testable import PoolMaster

/// Counters that one master leaves to the next.
@Suite struct CounterMemoryTests {
    @Test func theNextMasterCountsOn() throws {
        let former = CounterMemory()
        var kept: [SharedDescriptor] = []
        former.onMake = { kept.append($0) }
        #expect(former.file == nil)
        #expect(former.add(5, to: "a") == 5 && former.add(1, to: "a") == 6)
        #expect(kept.count == 1 && former.file === kept.first)
        let next = try CounterMemory(kept: try #require(kept.first))
        next.onMake = { kept.append($0) }
        #expect(next.add(1, to: "a") == 7 && former.add(0, to: "a") == 7)
        #expect(try next.descriptor() === kept.first && kept.count == 1)
    }

    @Test func whatIsNoMemoryForCountersIsRefused() throws {
        let (socket, _) = try ChannelPair.make(.stream)
        #expect(throws: SystemError.self) { try CounterMemory(kept: socket) }
    }
}
