// Who gets the next connection: fair, bounded, never spinning, and the same for the same client.

import PoolCore
import PoolSimulation
import Testing

@Suite struct RosterTests {
    private let now = Instant(nanoseconds: 0)

    private func worker(_ slot: Int, incarnation: UInt64? = nil) -> WorkerID {
        WorkerID(slot: slot, incarnation: incarnation ?? UInt64(slot) + 1)
    }

    private func roster(
        _ count: Int, _ policy: DispatchPolicy = .roundRobin, mostInFlight: Int = 16
    ) -> Roster {
        var roster = Roster(mostInFlight: mostInFlight)
        for slot in 0..<count { roster.join(worker(slot), policy) }
        return roster
    }

    /// The slots of the next picks; -1 for nobody.
    private func picks(_ count: Int, of roster: inout Roster, at now: Instant? = nil) -> [Int] {
        (0..<count).map { _ in roster.pick(.unknown, at: now ?? self.now)?.slot ?? -1 }
    }

    // MARK: Round-robin

    @Test func eachHasItsTurn() {
        var roster = roster(3)
        #expect(picks(7, of: &roster) == [0, 1, 2, 0, 1, 2, 0])
    }

    @Test func whoeverJoinsComesLastInTheRound() {
        var roster = roster(3)
        #expect(picks(1, of: &roster) == [0])
        roster.join(worker(3), .roundRobin)
        roster.join(worker(3), .roundRobin)
        #expect(picks(4, of: &roster) == [1, 2, 0, 3])
    }

    @Test func whoeverLeavesTakesNobodysTurn() {
        var roster = roster(4)
        #expect(picks(2, of: &roster) == [0, 1])
        roster.leave(worker(0))
        #expect(picks(3, of: &roster) == [2, 3, 1])
        for slot in [1, 2, 3, 9] { roster.leave(worker(slot)) }
        #expect(picks(1, of: &roster) == [-1])
        #expect(roster.isEmpty && !roster.canPick(at: now))
    }

    @Test func nobodyHasMoreInFlightThanItMay() {
        var roster = roster(2, mostInFlight: 2)
        #expect(picks(5, of: &roster) == [0, 1, 0, 1, -1])
        #expect(roster.nextDeadline(after: now, isWaitedFor: true) == nil)
        roster.accepted(by: worker(1))
        #expect(picks(2, of: &roster) == [1, -1])
    }

    @Test func whoeverRefusesIsLeftAloneForLongerEachTime() {
        var roster = roster(1)
        var now = now
        var rests: [Duration] = []
        for _ in 0..<9 {
            #expect(picks(1, of: &roster, at: now) == [0])
            roster.refused(by: worker(0), at: now)
            #expect(!roster.canPick(at: now))
            let end = roster.nextDeadline(after: now, isWaitedFor: false) ?? now
            rests.append(end - now)
            now = end
        }
        let expected: [Int64] = [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000]
        #expect(rests == expected.map { .milliseconds($0) })
        #expect(picks(1, of: &roster, at: now) == [0])
        roster.accepted(by: worker(0))
        #expect(picks(1, of: &roster, at: now) == [0])
        roster.refused(by: worker(0), at: now)
        let rest = roster.nextDeadline(after: now, isWaitedFor: false).map { $0 - now }
        #expect(rest == .milliseconds(10))
    }

    @Test func oneThatRefusesDoesNotHoldUpTheOthers() {
        var roster = roster(3)
        #expect(picks(1, of: &roster) == [0])
        roster.refused(by: worker(0), at: now)
        #expect(picks(4, of: &roster) == [1, 2, 1, 2])
        #expect(roster.nextDeadline(after: now, isWaitedFor: false) == nil)
        #expect(roster.nextDeadline(after: now, isWaitedFor: true) == now + .milliseconds(10))
    }

    /// With workers that take what they get, in whatever order they answer: after each pick nobody
    /// who could take one has got less than another by more than one.
    @Test(arguments: UInt64(1)...50)
    func noStoryIsUnfair(seed: UInt64) {
        var generator = Generator(seed: seed)
        var roster = roster(4, mostInFlight: 16)
        var given = [Int](repeating: 0, count: 4)
        var open: [Int] = []
        for _ in 0..<2_000 {
            if open.count < 13, generator.next() % 2 == 0 {
                guard let taker = roster.pick(.unknown, at: now) else {
                    Issue.record("nobody can take one, with \(open.count) in flight")
                    return
                }
                given[taker.slot] += 1
                open.append(taker.slot)
                #expect(given.max()! - given.min()! <= 1)
            } else if !open.isEmpty {
                let index = Int(generator.next() % UInt64(open.count))
                roster.accepted(by: worker(open.remove(at: index)))
            }
        }
        #expect(given.reduce(0, +) > 500)
    }

    /// Whatever workers do, nobody has more in flight than it may, and nobody who rests is picked.
    @Test(arguments: UInt64(1)...50)
    func noStoryBreaksTheBounds(seed: UInt64) {
        var generator = Generator(seed: seed)
        let policies: [DispatchPolicy] = [
            .roundRobin, .leastConnections, .sourceHash(.wait), .sourceHash(.shared),
        ]
        var roster = roster(0, mostInFlight: 3)
        var present: [WorkerID] = []
        var open: [WorkerID] = []
        var restsUntil: [WorkerID: Instant] = [:]
        var now = now
        for step in 0..<2_000 {
            now = now + .milliseconds(Int64(generator.next() % 4))
            switch generator.next() % 8 {
            case 0 where present.count < 6:
                let id = worker(Int(generator.next() % 4), incarnation: UInt64(step) + 1)
                roster.join(id, policies[Int(generator.next() % 4)])
                present.append(id)
            case 1 where step % 3 == 0 && !present.isEmpty:
                let id = present.remove(at: Int(generator.next() % UInt64(present.count)))
                roster.leave(id)
                open.removeAll { $0 == id }
            case 2...4:
                let could = roster.canPick(at: now)
                let source = DispatchSource([UInt8(generator.next() % 32)])
                if let id = roster.pick(source, at: now) {
                    #expect(could && present.contains(id))
                    #expect(restsUntil[id].map { $0 <= now } ?? true)
                    open.append(id)
                    #expect(open.count { $0 == id } <= 3)
                } else if could {
                    #expect(roster.policy == .sourceHash(.wait))
                }
            case 5, 6:
                guard !open.isEmpty else { continue }
                let id = open.remove(at: Int(generator.next() % UInt64(open.count)))
                if generator.next() % 4 == 0 {
                    roster.refused(by: id, at: now)
                    restsUntil[id] = now + .milliseconds(10)
                } else {
                    roster.accepted(by: id)
                    restsUntil[id] = nil
                }
            default:
                present.randomElement(using: &generator).map { roster.ended(2, of: $0) }
            }
            if let next = roster.nextDeadline(after: now, isWaitedFor: true) { #expect(next > now) }
        }
    }

    // MARK: Least connections

    @Test func whoeverHasFewestIsPicked() {
        var roster = roster(3, .leastConnections)
        #expect(picks(3, of: &roster) == [0, 1, 2])
        for slot in 0..<3 { roster.accepted(by: worker(slot)) }
        roster.ended(1, of: worker(1))
        #expect(picks(1, of: &roster) == [1])
        #expect(picks(3, of: &roster) == [2, 0, 1])
        roster.ended(1, of: worker(2))
        roster.ended(-5, of: worker(0))
        #expect(picks(2, of: &roster) == [2, 0])
        #expect(roster.held(by: worker(2)) == 0 && roster.held(by: worker(0)) == 1)
    }

    @Test func whatEndsBeforeItIsToldToBeTakenIsCountedOnce() {
        var roster = roster(1, .leastConnections)
        #expect(picks(3, of: &roster) == [0, 0, 0])
        roster.ended(2, of: worker(0))
        #expect(roster.held(by: worker(0)) == 0 && roster.load(of: worker(0)) == 1)
        roster.accepted(3, by: worker(0))
        #expect(roster.held(by: worker(0)) == 1 && roster.load(of: worker(0)) == 1)
        // No more can have ended than there were.
        roster.ended(5, of: worker(0))
        #expect(roster.held(by: worker(0)) == 0 && roster.load(of: worker(0)) == 0)
        #expect(picks(1, of: &roster) == [0])
        #expect(roster.load(of: worker(0)) == 1)
    }

    @Test func whoComesFromAnotherMasterHasWhatItHolds() {
        var roster = roster(2, .leastConnections)
        roster.holds(2, worker(0))
        roster.holds(7, worker(9))
        #expect(picks(3, of: &roster) == [1, 1, 0])
        roster.ended(2, of: worker(0))
        #expect(roster.load(of: worker(0)) == 1 && roster.load(of: worker(9)) == 0)
        roster.holds(-1, worker(0))
        #expect(roster.held(by: worker(0)) == 0)
    }

    @Test func whoeverIsNewIsFilledFirst() {
        var roster = roster(2, .leastConnections)
        for _ in 0..<3 {
            for id in picks(2, of: &roster) { roster.accepted(by: worker(id)) }
        }
        roster.join(worker(2), .leastConnections)
        #expect(picks(3, of: &roster) == [2, 2, 2])
    }

    // MARK: By client

    private let clients = (0..<4_000).map { number in
        DispatchSource([10, 0, UInt8(number >> 8), UInt8(number & 0xFF)])
    }

    private func owners(in roster: Roster) -> [Int] {
        var roster = roster
        return clients.map { client in
            guard let id = roster.pick(client, at: now) else { return -1 }
            roster.accepted(by: id)
            return id.slot
        }
    }

    @Test func theSameClientsComeToTheSameWorker() {
        let owners = owners(in: roster(4, .sourceHash(.wait)))
        #expect(owners == self.owners(in: roster(4, .sourceHash(.shared))))
        for slot in 0..<4 { #expect((850...1_150).contains(owners.count { $0 == slot })) }
    }

    /// These stand for ever: a client would move with an update of the package.
    @Test func clientsStayWhereEveryVersionHasThem() {
        let owners = owners(in: roster(8, .sourceHash(.wait)))
        #expect(Array(owners[0..<16]) == [2, 6, 1, 2, 5, 5, 4, 4, 3, 6, 7, 3, 0, 5, 2, 3])
    }

    @Test func scalingMovesOnlyTheClientsOfWhatComesOrGoes() {
        let four = owners(in: roster(4, .sourceHash(.wait)))
        let five = owners(in: roster(5, .sourceHash(.wait)))
        for (before, after) in zip(four, five) { #expect(before == after || after == 4) }
        #expect((650...950).contains(five.count { $0 == 4 }))
        var without = roster(4, .sourceHash(.wait))
        without.leave(worker(1))
        for (before, after) in zip(four, owners(in: without)) {
            #expect(before == after || before == 1)
            #expect(after != 1)
        }
    }

    @Test func aReplacementTakesOverTheClientsOfItsSlot() {
        var roster = roster(4, .sourceHash(.wait))
        let before = owners(in: roster)
        let successor = worker(2, incarnation: 9)
        roster.join(successor, .sourceHash(.wait))
        var picked = Set<WorkerID>()
        for client in clients {
            guard let id = roster.pick(client, at: now) else { continue }
            roster.accepted(by: id)
            picked.insert(id)
        }
        #expect(picked == [worker(0), worker(1), worker(3), successor])
        #expect(owners(in: roster) == before)
        roster.leave(worker(2))
        #expect(owners(in: roster) == before)
        roster.leave(successor)
        roster.join(worker(2), .sourceHash(.wait))
        #expect(owners(in: roster) == before)
    }

    @Test func aClientWaitsForItsWorkerOrOverflows() {
        for (overflow, isPicked) in [(DispatchPolicy.Overflow.wait, false), (.shared, true)] {
            var roster = roster(3, .sourceHash(overflow), mostInFlight: 1)
            let first = roster.pick(clients[0], at: now)
            let second = roster.pick(clients[0], at: now)
            #expect(first != nil && (second != nil) == isPicked && first != second)
            #expect(roster.canPick(at: now))
        }
    }

    @Test func theYoungestSaysHowItIsDone() {
        var roster = roster(2)
        roster.join(worker(0, incarnation: 8), .leastConnections)
        #expect(roster.policy == .leastConnections)
        roster.join(worker(1, incarnation: 7), .roundRobin)
        #expect(roster.policy == .leastConnections)
        roster.leave(worker(0, incarnation: 8))
        #expect(roster.policy == .roundRobin)
    }
}
