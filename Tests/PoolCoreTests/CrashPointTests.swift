// Every point of a rollout at which something can be killed, one after the other: whatever it is and
// whenever it comes, the reload gets its verdict and the pool is whole again, or stopped.

import PoolCore
import Testing

@Suite struct CrashPointTests {
    /// A way to roll out.
    struct Manner: Sendable, CustomTestStringConvertible {
        var workers = 3
        var next = 3
        var surge = 1
        var maxUnready = 0
        var spare = 0
        var settle = Duration.zero
        /// The candidate that fails by itself, counted from 1, so that the rollout goes back.
        var failing: Int?

        var testDescription: String {
            "\(workers) to \(next), surge \(surge), unready \(maxUnready), spare \(spare), "
                + "settle \(settle), failing \(failing ?? 0)"
        }

        func policy(_ count: Int) -> PoolPolicy {
            var policy = PoolPolicy.test(workers: count, surge: surge, settle: settle)
            policy.rolloutMaxUnready = maxUnready
            policy.spare = spare
            return policy
        }

        func reloading() -> GoodWorld {
            var world = GoodWorld(policy(workers), next: policy(next))
            world.settle()
            world.tell(.reloadRequested(1))
            return world
        }
    }

    static let manners = [
        Manner(), Manner(settle: .seconds(1)), Manner(surge: 2, settle: .seconds(1)),
        Manner(surge: 0, maxUnready: 1), Manner(surge: 1, maxUnready: 1, settle: .seconds(1)),
        Manner(spare: 1), Manner(workers: 2, next: 4), Manner(workers: 4, next: 2),
        Manner(workers: 1, next: 1, settle: .seconds(1)),
        Manner(settle: .seconds(1), failing: 1), Manner(settle: .seconds(1), failing: 2),
        Manner(surge: 2, failing: 3), Manner(surge: 0, maxUnready: 1, failing: 2),
    ]

    /// Every moment of the rollout, from its request to its verdict.
    private func moments(of manner: Manner) -> [GoodWorld] {
        var world = manner.reloading()
        var moments = [world]
        var rises = 0
        while world.verdicts[1] == nil, moments.count < 1_000 {
            let before = Set(world.living)
            guard world.step() else { break }
            for id in world.living where !before.contains(id) {
                rises += 1
                if rises == manner.failing { world.kill(id) }
            }
            moments.append(world)
        }
        return moments
    }

    private func expectWhole(
        _ world: GoodWorld, _ manner: Manner, _ what: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let what = Comment(rawValue: what)
        #expect(world.faults == [], what, sourceLocation: sourceLocation)
        #expect(world.verdicts[1] != nil, what, sourceLocation: sourceLocation)
        let generation = world.pool.settled
        let wanted = generation == 1 ? manner.workers : manner.next
        #expect(
            world.pool.serving.map(\.generation)
                == Array(repeating: generation, count: wanted + manner.spare), what,
            sourceLocation: sourceLocation)
        #expect(world.living.count == wanted + manner.spare, what, sourceLocation: sourceLocation)
        if world.verdicts[1] == .replaced(2) {
            #expect(generation == 2, what, sourceLocation: sourceLocation)
        } else {
            #expect(generation == 1, what, sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: manners)
    func killingAnyWorkerAtAnyMomentLeavesAWholePoolAndAVerdict(manner: Manner) {
        let moments = moments(of: manner)
        #expect(moments.count > 1)
        for (number, moment) in moments.enumerated() {
            for id in moment.living {
                var world = moment
                world.kill(id)
                world.settle()
                expectWhole(world, manner, "moment \(number), \(id) is killed")
            }
        }
    }

    @Test(arguments: manners)
    func killingTwoWorkersOneStepApartDoesSoToo(manner: Manner) {
        for (number, moment) in moments(of: manner).enumerated() {
            for first in moment.living {
                var once = moment
                once.kill(first)
                _ = once.step()
                for second in once.living {
                    var world = once
                    world.kill(second)
                    world.settle()
                    expectWhole(world, manner, "moment \(number), \(first) and then \(second)")
                }
            }
        }
    }

    @Test(arguments: manners)
    func stoppingAtAnyMomentEndsEverybodyAndAnswersTheReload(manner: Manner) {
        for (number, moment) in moments(of: manner).enumerated() where moment.verdicts[1] == nil {
            var world = moment
            world.tell(.stopRequested)
            world.settle()
            let what = Comment(rawValue: "moment \(number)")
            #expect(world.faults == [], what)
            #expect(world.hasFinished && world.living.isEmpty, what)
            #expect(world.verdicts[1] == .refused("the pool is stopping"), what)
        }
    }

    /// The verdict has nobody to be given to, but it is the same.
    @Test(arguments: manners, [Duration.zero, .seconds(100)])
    func aMasterThatDiesAtAnyMomentChangesNothingForAnybody(manner: Manner, gap: Duration) {
        for (number, moment) in moments(of: manner).enumerated() {
            var undisturbed = moment
            undisturbed.settle()
            var world = moment
            world.changeMasters(after: gap)
            world.settle()
            let what = Comment(rawValue: "moment \(number)")
            #expect(world.faults == [], what)
            #expect(world.living == undisturbed.living, what)
            #expect(world.launches == undisturbed.launches, what)
            #expect(world.pool.settled == undisturbed.pool.settled, what)
            #expect(world.pool.lastFailure == undisturbed.pool.lastFailure, what)
        }
    }

    @Test(arguments: manners)
    func pausingAndThenResumingOrAbortingAtAnyMomentDoesNoHarm(manner: Manner) {
        for (number, moment) in moments(of: manner).enumerated() {
            for event in [Event.resumeRequested(3), .abortRequested(3)] {
                var world = moment
                world.tell(.pauseRequested(2))
                for _ in 0..<20 where world.verdicts[1] == nil { _ = world.step() }
                world.tell(event)
                world.settle()
                expectWhole(world, manner, "moment \(number), \(event)")
                #expect(world.verdicts[2] != nil && world.verdicts[3] != nil)
            }
        }
    }
}
