// Whom a message reaches.

import PoolCore
import PoolWire
import Testing

@testable import PoolMaster

@Suite struct RecipientTests {
    private let serving = [3, 9, 4].enumerated().map {
        WorkerID(slot: $0.offset, incarnation: $0.element)
    }

    private func slots(
        _ address: MessageAddress, from sender: Int? = 1, chance: UInt64 = 0
    ) -> [Int] {
        address.recipients(
            among: serving, rising: [], agent: nil, from: sender.map { serving[$0] },
            chance: chance
        ).map(\.slot)
    }

    @Test func eachAddressMeansThese() {
        #expect(slots(.all) == [0, 1, 2])
        #expect(slots(.others) == [0, 2])
        #expect(slots(.others, from: nil) == [0, 1, 2])
        #expect(slots(.slot(2)) == [2])
        #expect(slots(.slot(3)).isEmpty)
        #expect(slots(.slot(.max)).isEmpty)
    }

    @Test func chanceSparesTheSenderUnlessItIsAlone() {
        #expect((0..<4).map { slots(.random, chance: $0) } == [[0], [2], [0], [2]])
        #expect(slots(.random, from: nil, chance: .max) == [0])
        let alone = MessageAddress.random.recipients(
            among: [serving[0]], rising: [], agent: nil, from: serving[0], chance: 7)
        #expect(alone == [serving[0]])
        let nobody = MessageAddress.random.recipients(
            among: [], rising: [], agent: nil, from: nil, chance: 7)
        #expect(nobody.isEmpty)
    }

    @Test func aSlotWhereNobodyServesIsWhoeverRisesThere() {
        let rising = [WorkerID(slot: 1, incarnation: 12), WorkerID(slot: 3, incarnation: 13)]
        func recipients(_ address: MessageAddress) -> [WorkerID] {
            address.recipients(
                among: serving, rising: rising, agent: nil, from: nil, chance: 0)
        }
        #expect(recipients(.slot(1)) == [serving[1]])
        #expect(recipients(.slot(3)) == [rising[1]])
        #expect(recipients(.all) == serving)
    }

    @Test func theAgentIsOneOfAllAndNoWorker() {
        let agent = WorkerID(slot: 0, incarnation: 1 << 41)
        func recipients(_ address: MessageAddress, from sender: WorkerID) -> [WorkerID] {
            address.recipients(
                among: serving, rising: [], agent: agent, from: sender, chance: 0)
        }
        #expect(recipients(.all, from: agent) == serving + [agent])
        #expect(recipients(.others, from: agent) == serving)
        #expect(recipients(.others, from: serving[0]) == Array(serving.dropFirst()) + [agent])
        #expect(recipients(.workers, from: serving[0]) == serving)
        #expect(recipients(.agent, from: serving[0]) == [agent])
        #expect(recipients(.slot(0), from: agent) == [serving[0]])
        #expect(recipients(.random, from: agent) == [serving[0]])
        #expect(MessageSender(agent) == .agent && MessageSender(serving[2]) == .slot(2))
        #expect(slots(.agent) == [])
    }
}
