import PoolCore
import Testing

@testable import PoolMaster

@Suite struct AnnalsTests {
    private func annals(_ count: Int) -> Annals {
        var annals = Annals()
        for number in 0..<count {
            annals.add(
                .restartDelayed(number % 2, ends: number, within: .zero, delay: .zero),
                at: Int64(number))
        }
        return annals
    }

    @Test(arguments: [0, 1, 999, 1_000, 1_001, 2_500])
    func theLatestAreKeptInOrder(count: Int) {
        let times = annals(count).entries(of: nil).map(\.time)
        #expect(times == (max(0, count - Annals.capacity)..<count).map(Int64.init))
    }

    @Test func aSlotsStoryHasThatSlotAndThePool() {
        var annals = annals(4)
        annals.add(.poolStopping(workers: 2), at: 4)
        #expect(annals.entries(of: 1).map(\.time) == [1, 3, 4])
    }
}
