// A worker that outlives its master goes on with the next one, and nothing is counted twice or lost.

import LinuxKernel
import PoolWire
import Testing

@testable import Martlet
@testable import PoolCore
@testable import PoolMaster

@Suite(.timeLimit(.minutes(5))) struct ResumeTests {
    /// A worker that waits for connections and has so many of which the program has one.
    private func stage(given count: Int) async throws -> (Stage, Connection, [SharedDescriptor]) {
        let stage = try Stage()
        let worker = stage.worker
        async let first = onThread { worker.nextConnection() }
        _ = try await stage.hear { $0.contains("opened 0") }
        let clients = try stage.give(count)
        return (stage, try #require(await first), clients)
    }

    @Test func theNextMasterHearsOfWhatIsHeldAndNotOfFormerAnswers() async throws {
        let (stage, first, _) = try await stage(given: 4)
        // "taken" for the first of them was said to the master before, which has not read it.
        let next = stage.afterwards()
        #expect(!next.session.give(try Stage.connection().1, from: 0))
        let account = try await next.hear { $0.count == 2 }
        #expect(account == ["opened 0", "holds 0 x4"])
        let clients = try next.give(1)
        var held: [Connection] = []
        for _ in 0..<4 { held.append(try #require(stage.worker.nextConnection())) }
        // Only the fifth is this master's.
        #expect(try await next.hear { $0.count == 1 } == ["took 0 x1"])
        #expect(next.session.takeBack().isEmpty)
        #expect(held.count == 4)
        held = []
        #expect(try await next.hear { $0.total("ended") == 4 }.total("ended") == 4)
        withExtendedLifetime((first, clients)) {}
    }

    @Test func connectionsInTheChannelReachTheProgramWithoutTheirMaster() async throws {
        let (stage, first, clients) = try await stage(given: 70)
        let next = stage.afterwards()
        var held = [first]
        for _ in 1..<70 { held.append(try #require(stage.worker.nextConnection())) }
        #expect(try await next.hear { $0.count == 2 } == ["opened 0", "holds 0 x70"])
        held = []
        #expect(try await next.hear { $0.total("ended") == 69 }.total("ended") == 69)
        #expect(next.session.isOpen)
        withExtendedLifetime((first, clients)) {}
    }

    @Test func onlyWhatTheNextMasterHasGivenGoesBackToIt() async throws {
        let (stage, first, clients) = try await stage(given: 3)
        let next = stage.afterwards()
        _ = try await next.hear { $0.count == 2 }
        let late = try next.give(2)
        #expect(next.session.disconnect())
        #expect(
            try await next.hear { $0.count == 3 } == ["closed 0", "refused 0", "refused 0"])
        // The others are the program's: nobody else could answer them.
        for _ in 0..<2 { #expect(stage.worker.nextConnection() != nil) }
        #expect(stage.worker.nextConnection() == nil)
        for client in late { #expect(try await client.hangsUp()) }
        #expect(try await next.hear { $0.total("ended") == 2 }.total("ended") == 2)
        #expect(!clients[0].isHungUp)
        withExtendedLifetime(first) {}
    }

    /// The master before had said that the worker leaves, and has not lived to hear what came of it.
    @Test func whatWasRefusedWithoutAMasterComesToTheNextOne() async throws {
        let (stage, first, clients) = try await stage(given: 3)
        #expect(stage.session.disconnect())
        // Its copies go with it.
        _ = stage.session.takeBack()
        let worker = stage.worker
        for await _ in worker.drainNotices {}
        let next = stage.afterwards()
        let end = MonotonicClock.now() + 120_000_000_000
        var returned: [SharedDescriptor] = []
        var others: [String] = []
        while next.session.isOpen, others.isEmpty, MonotonicClock.now() < end {
            for news in next.session.receive() {
                if case .returned(0, let connection) = news {
                    returned.append(connection)
                } else {
                    others.append(news.text)
                }
            }
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(returned.count == 2)
        // They are the clients' own connections.
        for (connection, client) in zip(returned, clients.dropFirst()) {
            let sent = try [7].withUnsafeBytes { try connection.descriptor.send($0) }
            #expect(sent == .bytes(8) && !client.isHungUp)
        }
        // They come before the account, in which they are not.
        #expect(others == ["holds 0 x1"])
        withExtendedLifetime(first) {}
    }

    @Test func whoHasNotGreetedYetGoesOnAsAnyOther() async throws {
        let stage = try Stage()
        let worker = stage.worker
        async let first = onThread { worker.nextConnection() != nil }
        // Neither "hello" nor "opened" was read by the master before.
        let next = stage.afterwards()
        #expect(!next.session.state.hasGreeted)
        #expect(try await next.hear { $0.contains("opened 0") } == ["opened 0"])
        #expect(next.session.state.hasGreeted && next.session.isStateNew)
        let clients = try next.give(1)
        #expect(await first)
        #expect(try await next.hear { $0.contains("took 0 x1") }.contains("took 0 x1"))
        withExtendedLifetime(clients) {}
    }

    @Test func aGreetingThatOnlyTheMasterBeforeHasReadIsNotMissed() async throws {
        let (stage, first, _) = try await stage(given: 1)
        let next = stage.afterwards(hasState: false)
        #expect(try await next.hear { $0.count == 2 } == ["opened 0", "holds 0 x1"])
        #expect(next.session.disconnect())
        withExtendedLifetime(first) {}
    }

    @Test func anAccountThatAMasterHasNotLivedToReadDoesNoHarm() async throws {
        let (stage, first, _) = try await stage(given: 2)
        let second = stage.afterwards()
        let third = second.afterwards().afterwards()
        let account = ["opened 0", "holds 0 x2"]
        #expect(try await third.hear { $0.count == 6 } == account + account + account)
        let clients = try third.give(1)
        let held = [stage.worker.nextConnection(), stage.worker.nextConnection()]
        #expect(try await third.hear { $0.count == 1 } == ["took 0 x1"])
        withExtendedLifetime((first, held, clients)) {}
    }

    @Test func whatAMasterHasBegunToHearIsToldAnew() async throws {
        let (stage, first, _) = try await stage(given: 2)
        let second = stage.afterwards()
        _ = try await second.hear { $0.count == 2 }
        let lost = try second.give(3)
        let held = (0..<4).map { _ in stage.worker.nextConnection() }
        // It has not read that three of its own are taken, which have the numbers 0 to 2.
        let third = second.afterwards()
        #expect(try await third.hear { $0.count == 2 } == ["opened 0", "holds 0 x5"])
        withExtendedLifetime((first, held, lost)) {}
    }

    @Test func theWishToLeaveIsSaidAgain() async throws {
        let (stage, first, _) = try await stage(given: 1)
        stage.worker.disconnect()
        _ = try await stage.hear { $0.contains("stopping") }
        let next = stage.afterwards()
        #expect(try await next.hear { $0.contains("stopping") } == ["holds 0 x1", "stopping"])
        withExtendedLifetime(first) {}
    }

    @Test func requestsUnderWayAreToldAgain() async throws {
        let stage = try Stage()
        stage.worker.requestBegan()
        #expect(try await stage.hear { $0.count == 1 } == ["load 0 + 1"])
        let next = stage.afterwards()
        #expect(try await next.hear { $0.count == 1 } == ["load 0 + 1"])
    }

    @Test func anAccountIsGivenOnlyToWhoHasAskedForIt() throws {
        let (own, other) = try ChannelPair.make(.sequentialPacket)
        let fresh = MartletSession(own, dispatched: [0])
        for frame in [WorkerFrame.hello(version: 1), .resumed(version: 1)] {
            _ = try frame.bytes.withUnsafeBytes { try other.descriptor.send($0) }
        }
        #expect(
            fresh.receive().map(\.text) == [
                "broken: gives an account that nobody has asked for"
            ])
        #expect(!fresh.isOpen)
    }

    @Test func anotherVersionIsNotResumed() throws {
        let (own, other) = try ChannelPair.make(.sequentialPacket)
        let session = MartletSession(
            resuming: SessionState(hasGreeted: true), own, dispatched: [0])
        _ = try WorkerFrame.resumed(version: 2).bytes.withUnsafeBytes {
            try other.descriptor.send($0)
        }
        let heard = session.receive().map(\.text)
        #expect(heard.first?.hasPrefix("broken: speaks version 2 of the channel") == true)
    }
}
