// Who reads gets all of it, within a measure.

import PoolCore
import Testing

@testable import MartletCluster

@Suite(.timeLimit(.minutes(5))) struct EventDeskTests {
    private let settings = Cluster.Settings(Cluster.Options(), .shared)

    private func tell(_ desk: EventDesk, _ count: Int) {
        for _ in 0..<count { desk.tell(.setup(settings)) }
    }

    private func count(_ events: AsyncStream<Cluster.Event>) async -> Int {
        var count = 0
        for await _ in events { count += 1 }
        return count
    }

    @Test func theFirstReaderBeginsWithTheFirstEvent() async {
        let desk = EventDesk()
        tell(desk, 3)
        let first = desk.sequence()
        tell(desk, 2)
        let second = desk.sequence()
        tell(desk, 1)
        desk.end()
        #expect(await count(first) == 6)
        #expect(await count(second) == 1)
        #expect(await count(desk.sequence()) == 0)
    }

    @Test func whoDoesNotReadLosesTheNewest() async {
        let desk = EventDesk()
        tell(desk, EventDesk.mostEvents + 10)
        let late = desk.sequence()
        tell(desk, 10)
        desk.end()
        #expect(await count(late) == EventDesk.mostEvents)
    }

    @Test func whoComesAfterTheEndGetsWhatWasBefore() async {
        let desk = EventDesk()
        tell(desk, 2)
        desk.end()
        tell(desk, 1)
        #expect(await count(desk.sequence()) == 2)
        #expect(await count(desk.sequence()) == 0)
    }
}
