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
        address.recipients(among: serving, from: sender.map { serving[$0] }, chance: chance)
            .map(\.slot)
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
            among: [serving[0]], from: serving[0], chance: 7)
        #expect(alone == [serving[0]])
        #expect(MessageAddress.random.recipients(among: [], from: nil, chance: 7).isEmpty)
    }
}
