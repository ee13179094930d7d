// Requests that a program counts, and what the master hears of them.

import Testing

@testable import Martlet

@Suite(.timeLimit(.minutes(5))) struct RequestTallyTests {
    @Test func theEngineIsWokenOnceForAllNews() {
        let tally = RequestTally()
        #expect(!tally.isNews)
        #expect(tally.began())
        #expect(!tally.began() && !tally.ended())
        #expect(tally.isNews && tally.take() == (1, 1) && !tally.isNews)
        #expect(tally.ended())
        // An end without a beginning.
        #expect(!tally.ended())
        #expect(tally.take() == (1, 0))
    }

    @Test func manyAreCountedExactly() async throws {
        let stage = try Stage()
        let worker = stage.worker
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<500 { worker.countingRequest {} }
                    await worker.countingRequest { await Task.yield() }
                }
            }
        }
        worker.requestBegan()
        let heard = try await stage.hear { heard in
            heard.finished == 4_008 && heard.last?.hasSuffix(" + 1") == true
        }
        #expect(heard.finished == 4_008)
        #expect(heard.last?.hasSuffix(" + 1") == true)
    }

    @Test func nobodyIsToldWithoutAMaster() {
        let worker = Martlet.Worker(Inheritance())
        #expect(worker.countingRequest { 7 } == 7)
        #expect(throws: Oops.self) { try worker.countingRequest { throw Oops() } }
    }

    private struct Oops: Error {}
}

extension [String] {
    /// Of what is heard of the load.
    fileprivate var finished: Int {
        filter { $0.hasPrefix("load") }.compactMap {
            $0.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        }.reduce(0, +)
    }
}
