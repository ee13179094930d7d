// Those who are told what happens: how much waits for them, and what they learn of the rest.

import Glibc
import LinuxKernel
import PoolWire
import Testing

@testable import PoolMaster

@Suite struct SubscriberTests {
    private func readAll(_ end: borrowing FileDescriptor) throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let transfer = try withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) {
                buffer throws -> Transfer in
                let transfer = try end.receive(into: buffer)
                if case .bytes(let count) = transfer { all += buffer[..<count] }
                return transfer
            }
            guard case .bytes = transfer else { return all }
        }
    }

    @Test func whoDoesNotReadIsToldHowMuchItHasMissed() throws {
        let (own, other) = try ChannelPair.make(.stream)
        let session = ControlSession(
            1, try own.descriptor.duplicate(), user: 0, right: .look, refusing: nil)
        session.isSubscribed = true
        let event = PoolEvent.message(
            body: Array("\"\(String(repeating: "x", count: 1_000))\"".utf8), sender: .slot(1))
        let frame = try #require(event.frame)
        for _ in 0..<2_000 {
            session.take(event: frame)
            #expect(session.flush())
        }
        #expect(session.hasOutput && session.isWaiting)
        var client = ControlClient(.subscribe)
        var news: [ControlNews] = []
        // It reads again.
        while session.hasOutput {
            news += try client.receive(try readAll(other.descriptor))
            #expect(session.flush())
        }
        session.take(event: frame)
        #expect(session.flush())
        news += try client.receive(try readAll(other.descriptor))
        let heard = news.count { $0 == .event(event) }
        #expect(heard > 200 && heard < 2_001)
        #expect(news.suffix(2) == [.event(.lost(2_001 - heard)), .event(event)])
    }

    @Test(.played)
    func eventsAreToldAsTheyHappen() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script(1, pool: ["RolloutSettleSec=0"]))
            let events = try stage.start(
                "martletctl", try Fixture.program("martletctl"),
                ["events", "--json", stage.pool])
            let plain = try stage.start(
                "martletctl", try Fixture.program("martletctl"), ["events", stage.pool])
            // Both are there when the first thing is told to both.
            try stage.wait("they hear what happens") {
                try master.signal(SIGTTIN)
                stage.listen(forMilliseconds: 50)
                return [events, plain].allSatisfy { $0.output.contains("wanted from now on") }
            }
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
            for running in [events, plain] {
                #expect(try stage.awaitExit(running) == .exited(69))
                #expect(running.errors == "\(stage.pool): the master has ended\n")
                #expect(
                    running.output.contains("the pool has stopped; nothing is left of it"),
                    "\(running.output)")
            }
            #expect(
                events.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{\"happening\":{") }
            )
        }
    }
}
