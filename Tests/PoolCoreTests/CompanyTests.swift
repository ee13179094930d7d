// A pool with an agent, as plays: who comes first, who goes last, and what a reload does to both.

import PoolCore
import PoolSimulation
import Testing

@Suite struct CompanyTests {
    /// A policy with an agent whose worker rules are those of tests.
    private func policy(workers: Int = 2, hasAgent: Bool = true) -> PoolPolicy {
        var policy = PoolPolicy.test(workers: workers)
        if hasAgent { policy.agent = policy.worker }
        return policy
    }

    /// A pool that serves, with nothing left to listen to.
    private func serving(_ policy: PoolPolicy) -> CompanyWorld {
        var world = CompanyWorld(policy)
        world.tell(.start)
        world.settle { $0.company.workers.phase == .serving && $0.pending == 0 }
        _ = world.heard()
        return world
    }

    private func isDone(_ request: RequestID) -> (CompanyWorld) -> Bool {
        { $0.verdicts[request] != nil && $0.pending == 0 }
    }

    // MARK: Start and end

    @Test func theAgentIsReadyBeforeAnyWorkerStarts() {
        var world = CompanyWorld(policy())
        world.tell(.start)
        #expect(world.heard() == ["launch agent gen 1"])
        #expect(world.company.statusLine == "gen 1: 0/2 ready; agent starting")
        world.settle()
        #expect(world.heard() == ["launch 0 gen 1", "launch 1 gen 1", "READY=1"])
        #expect(world.company.statusLine == "gen 1: 2/2 ready")
        #expect(world.faults == [])
    }

    @Test func theAgentStopsLast() {
        var world = serving(policy())
        world.tell(.stopRequested)
        #expect(world.heard() == ["STOPPING=1", "SIGINT 0", "SIGINT 1"])
        world.settle()
        let end = ["forget 0", "forget 1", "SIGINT agent", "forget agent", "finish stopped"]
        #expect(world.heard() == end)
        #expect(world.sentences.last == "the pool has stopped; nothing is left of it")
        #expect(world.faults == [])
    }

    @Test func aSecondStopSkipsTheAgentsWaitToo() {
        var world = CompanyWorld(policy())
        world.fate = { _, _ in .isDeaf }
        world.tell(.start)
        world.settle { $0.company.workers.phase == .serving }
        _ = world.heard()
        world.tell(.stopRequested)
        world.tell(.stopRequested)
        world.settle()
        #expect(world.heard().contains("kill agent"))
        #expect(world.outcomes == [.stopped])
        #expect(world.now == Instant(nanoseconds: 0))
    }

    @Test func withoutItsAgentAPoolDoesNotStart() {
        var policy = policy()
        policy.agent?.startLimitBurst = 2
        var world = CompanyWorld(policy)
        world.fate = { id, _ in id.isAgent ? .crashes : .well }
        world.tell(.start)
        world.ask(7) { .reloadRequested($0) }
        world.settle()
        #expect(world.outcomes == [.neverReady])
        #expect(world.verdicts[7] == .refused("the pool is stopping"))
        #expect(world.lines.filter { $0.hasPrefix("launch") }.count == 2)
        #expect(
            world.sentences.contains(
                "the pool could not start: the agent exited with status 1, after 2 starts"))
        #expect(world.faults == [])
    }

    @Test func aStopBeforeTheAgentIsReadyLeavesNothing() {
        var world = CompanyWorld(policy())
        world.tell(.start)
        world.tell(.stopRequested)
        world.settle()
        let told = [
            "launch agent gen 1", "STOPPING=1", "SIGINT agent", "forget agent", "finish stopped",
        ]
        #expect(world.heard() == told)
        #expect(world.faults == [])
    }

    @Test func aStopWhileAnAgentThatFailedGoesHurriesItAndStopsNothingElse() {
        var policy = policy()
        policy.agent?.restart = .no
        var world = CompanyWorld(policy)
        world.fate = { _, _ in .stalls }
        world.tell(.start)
        _ = world.wait()
        #expect(world.heard() == ["launch agent gen 1", "SIGINT agent", "STOPPING=1"])
        world.tell(.stopRequested)
        #expect(world.heard() == ["kill agent"])
        world.settle()
        #expect(world.heard() == ["forget agent", "finish neverReady"])
        #expect(world.faults == [])
    }

    @Test func nothingIsSaidAfterTheEnd() {
        var world = serving(policy())
        world.tell(.stopRequested)
        world.settle()
        #expect(world.seen.isEmpty == false)
        #expect(world.seen.last == .finish(.stopped))
        #expect(world.faults == [])
    }

    @Test func theServiceManagerHearsOfAnAgentThatWasLeavingBefore() {
        var policy = policy()
        policy.agent?.stopTimeout = .seconds(40)
        var world = serving(policy)
        world.next = self.policy(hasAgent: false)
        world.hang(world.livingAgents[0])
        world.ask(1) { .reloadRequested($0) }
        world.settle { $0.verdicts[1] != nil }
        _ = world.heard()
        world.tell(.stopRequested)
        for id in world.living where !id.isAgent { world.exit(id, .exited(0)) }
        #expect(world.company.statusLine == "stopping: agent draining")
        #expect(world.seen.last { $0.kind == .promise } == .notify(.extendTimeout(.seconds(45))))
        world.settle()
        #expect(world.faults == [])
    }

    @Test func aSecondStopHurriesAnAgentThatWasLeavingBefore() {
        var world = serving(policy())
        world.next = policy(hasAgent: false)
        world.hang(world.livingAgents[0])
        world.ask(1) { .reloadRequested($0) }
        world.settle { $0.verdicts[1] != nil }
        world.tell(.stopRequested)
        world.tell(.stopRequested)
        for id in world.living where !id.isAgent { world.exit(id, .exited(0)) }
        #expect(world.heard().suffix(2) == ["forget 1", "kill agent"])
        world.settle()
        #expect(world.faults == [])
    }

    @Test func bothLiveInTheSameTime() {
        var world = serving(policy(workers: 1))
        let worker = world.living[0]
        world.pass(to: world.now + .seconds(60))
        world.tell(.noticed(worker, .status("busy")))
        world.tell(.noticed(world.livingAgents[0], .trouble), at: Instant(nanoseconds: 0))
        world.exit(world.livingAgents[0], .exited(1))
        #expect(world.company.nextDeadline == world.now + .seconds(1))
        #expect(world.faults == [])
    }

    // MARK: Its death

    @Test func itsDeathTouchesNoWorker() {
        var world = serving(policy())
        world.exit(world.livingAgents[0], .signaled(.kill, coreDumped: true))
        #expect(world.heard() == ["forget agent"])
        #expect(world.company.statusLine == "gen 1: 2/2 ready; agent waiting")
        let died = world.now
        world.settle()
        #expect(world.heard() == ["launch agent gen 1"])
        #expect(world.now - died == .seconds(1))
        #expect(world.living.count == 3)
        #expect(world.faults == [])
    }

    @Test func oneThatSaysItIsStoppingIsFollowedWhenItHasGone() {
        var world = serving(policy())
        world.tell(.noticed(world.livingAgents[0], .stopping))
        for _ in 0..<3 where world.wait() {}
        #expect(world.heard() == ["kill agent"])
        world.settle()
        #expect(world.heard() == ["forget agent", "launch agent gen 1"])
        #expect(world.faults == [])
    }

    @Test func aPoolGoesOnWithoutAnAgentThatIsNotWantedBack() {
        var policy = policy()
        policy.agent?.restart = .onFailure
        var world = serving(policy)
        world.exit(world.livingAgents[0], .exited(0))
        world.settle()
        #expect(world.livingAgents == [])
        #expect(world.company.workers.phase == .serving)
        #expect(
            world.sentences.last
                == "the agent exited with status 0, and Restart= wants it no more until the next reload"
        )
        world.ask(1) { .reloadRequested($0) }
        world.settle(until: isDone(1))
        #expect(world.verdicts[1] == .replaced(2))
        #expect(world.livingAgents.count == 1)
        #expect(world.faults == [])
    }

    @Test func oneThatHasServedItsTimeGoesBeforeTheNextComes() {
        var policy = policy()
        policy.agent?.lifetime = .seconds(60)
        var world = serving(policy)
        world.settle { $0.lines.contains("launch agent gen 1") }
        #expect(world.heard() == ["SIGINT agent", "forget agent", "launch agent gen 1"])
        #expect(world.faults == [])
    }

    // MARK: Reloads

    @Test func aReloadReplacesTheAgentFirstAndInPlace() {
        var world = serving(policy())
        world.ask(1) { .reloadRequested($0) }
        world.settle(until: isDone(1))
        let told = world.heard()
        let expected = [
            "RELOADING=1", "read configuration 2", "SIGINT agent", "forget agent",
            "launch agent gen 2", "launch 0 gen 2", "SIGINT 0", "launch 1 gen 2", "forget 0",
            "SIGINT 1", "READY=1", "answer 1: replaced by gen 2",
        ]
        #expect(told.filter { expected.contains($0) } == expected)
        #expect(told.last { $0.hasPrefix("release") } == "release gen 1")
        #expect(world.faults == [])
    }

    @Test func anAgentThatFailsIsTakenBackBeforeAnyWorkerIsTouched() {
        var world = serving(policy())
        let before = world.living.filter { !$0.isAgent }
        world.fate = { id, number in id.isAgent && number == 2 ? .crashes : .well }
        world.ask(1) { .reloadRequested($0) }
        world.settle(until: isDone(1))
        #expect(world.verdicts[1] == .refused("the agent exited with status 1"))
        #expect(world.living.filter { !$0.isAgent } == before)
        let told = world.heard()
        #expect(told.last { $0.hasPrefix("launch") } == "launch agent gen 1")
        #expect(told.contains("release gen 2"))
        #expect(world.company.statusLine.hasPrefix("gen 1: 2/2 ready; reload refused: the agent"))
        world.ask(2) { .reloadRequested($0) }
        world.settle(until: isDone(2))
        // Not the number of the one that failed.
        #expect(world.verdicts[2] == .replaced(3))
        #expect(world.faults == [])
    }

    @Test func workersThatFailTakeTheAgentBackWithThem() {
        var world = serving(policy())
        world.fate = { id, number in !id.isAgent && number == 2 ? .crashes : .well }
        world.ask(1) { .reloadRequested($0) }
        world.settle(until: isDone(1))
        world.settle { $0.company.servingAgent != nil && $0.pending == 0 }
        #expect(world.verdicts[1] == .refused("worker 0 exited with status 1"))
        let launches = world.heard().filter { $0.hasPrefix("launch agent") }
        #expect(launches == ["launch agent gen 2", "launch agent gen 1"])
        #expect(world.faults == [])
    }

    @Test func anAgentThatDiesWhileTheWorkersAreReplacedTakesThemBack() {
        var world = serving(policy())
        world.ask(1) { .reloadRequested($0) }
        world.settle { $0.lines.contains("launch 1 gen 2") }
        world.exit(world.livingAgents[0], .exited(3))
        world.settle(until: isDone(1))
        #expect(world.verdicts[1] == .refused("the agent exited with status 3"))
        world.settle()
        #expect(world.company.agent?.settled == 1)
        #expect(world.company.workers.settled == 1)
        #expect(world.faults == [])
    }

    @Test func aReloadMayBringAnAgent() {
        var world = serving(policy(hasAgent: false))
        world.next = policy()
        world.ask(1) { .reloadRequested($0) }
        world.settle(until: isDone(1))
        let launches = world.heard().filter { $0.hasPrefix("launch") }
        #expect(launches == ["launch agent gen 2", "launch 0 gen 2", "launch 1 gen 2"])
        #expect(world.verdicts[1] == .replaced(2))
        #expect(world.faults == [])
    }

    @Test func aNewAgentGoesAgainWithTheWorkersThatFail() {
        var world = serving(policy(hasAgent: false))
        world.next = policy()
        world.fate = { id, number in !id.isAgent && number == 2 ? .stalls : .well }
        world.ask(1) { .reloadRequested($0) }
        world.settle(until: isDone(1))
        world.settle()
        #expect(world.livingAgents == [])
        #expect(world.company.agent == nil)
        #expect(world.company.workers.phase == .serving)
        #expect(world.faults == [])
    }

    @Test func aReloadMayTakeTheAgentAwayWhenTheWorkersAreReplaced() {
        var world = serving(policy())
        world.next = policy(hasAgent: false)
        world.ask(1) { .reloadRequested($0) }
        world.settle(until: isDone(1))
        world.settle()
        let told = world.heard()
        let replaced = told.firstIndex(of: "answer 1: replaced by gen 2")
        #expect((told.firstIndex(of: "SIGINT agent") ?? 0) > (replaced ?? .max))
        #expect(world.livingAgents == [])
        #expect(world.faults == [])
    }

    @Test func aRefusalThatNobodyAskedForEndsNoReloadInTheAgentsTurn() {
        var world = serving(policy())
        world.ask(1) { .reloadRequested($0) }
        world.settle { $0.lines.contains("launch agent gen 2") }
        world.tell(.configurationRefused("nobody asked"))
        world.settle(until: isDone(1))
        #expect(world.verdicts[1] == .replaced(2))
        #expect(world.faults == [])
    }

    @Test func aReloadCanBeGivenUpInTheAgentsTurn() {
        var world = serving(policy())
        world.fate = { id, number in id.isAgent && number == 2 ? .stalls : .well }
        world.ask(1) { .reloadRequested($0) }
        world.settle { $0.lines.contains("launch agent gen 2") }
        world.ask(2) { .pauseRequested($0) }
        #expect(world.verdicts[2] == .refused("the agent is being replaced"))
        world.ask(3) { .abortRequested($0) }
        #expect(world.verdicts[3] == .done)
        world.settle(until: isDone(1))
        #expect(world.verdicts[1] == .refused("it was aborted"))
        world.settle()
        #expect(world.company.agent?.settled == 1)
        #expect(world.company.servingAgent != nil)
        #expect(world.faults == [])
    }
}
