// A worker that does not keep to the protocol is given up alone, with the reason.

import LinuxKernel
import PoolWire
import Testing

@testable import PoolCore
@testable import PoolMaster

@Suite struct HostileWorkerTests {
    /// What the master says after these packets.
    private func verdict(_ packets: [[UInt8]], given count: Int = 0) throws -> [String] {
        let (own, other) = try ChannelPair.make(.sequentialPacket)
        let session = MartletSession(own, dispatched: [4, 7])
        var heard: [String] = []
        for packet in packets {
            _ = try packet.withUnsafeBytes { try other.descriptor.send($0) }
            heard += session.receive().map(\.text)
            guard heard == ["opened 4"] else { continue }
            for _ in 0..<count {
                #expect(session.give(try Stage.connection().1, from: 4))
            }
        }
        #expect(session.isOpen == !(heard.last?.hasPrefix("broken") ?? false))
        if !session.isOpen { #expect(!session.disconnect()) }
        return heard
    }

    private let hello = WorkerFrame.hello(version: 1).bytes
    private let opened = WorkerFrame.opened(listener: 0).bytes

    @Test func whatIsNoFrameIsRefused() throws {
        #expect(
            try verdict([hello, [1, 2, 3]]) == ["broken: sent a packet of 3 bytes on its channel"])
        #expect(
            try verdict([hello, [9, 9, 0, 0, 0, 0, 0, 0]]) == [
                "broken: sent a packet of the unknown kind 2313 on its channel"
            ])
        let long = [UInt8](repeating: 1, count: 100_000)
        #expect(try verdict([long]) == ["broken: sent a packet of 65537 bytes on its channel"])
    }

    @Test func whoDoesNotGreetIsNotHeard() throws {
        #expect(
            try verdict([opened]) == [
                "broken: did not say first which version of the channel it speaks"
            ])
        #expect(
            try verdict([WorkerFrame.hello(version: 2).bytes]) == [
                "broken: speaks version 2 of the channel, and this martlet 1; build it with this "
                    + "martlet's library"
            ])
    }

    @Test func listenersAreTheOnesItHas() throws {
        #expect(
            try verdict([hello, opened, WorkerFrame.opened(listener: 2).bytes]) == [
                "opened 4", "broken: speaks of listener 2, which it does not have",
            ])
    }

    @Test func itAnswersForWhatItWasGivenAlone() throws {
        let fault = "which it was not given"
        for frame in [
            WorkerFrame.taken(through: 2), .taken(through: .max), .refused(listener: 0, 2),
        ] {
            let heard = try verdict([hello, opened, frame.bytes], given: 2)
            #expect(heard.count == 2 && heard[1].hasPrefix("broken: answered for connection"))
            #expect(heard[1].hasSuffix(fault))
        }
        let twice = WorkerFrame.refused(listener: 0, 1).bytes
        #expect(
            try verdict([hello, opened, twice, twice], given: 2).last?.hasSuffix(fault) == true)
        let taken = WorkerFrame.taken(through: 1).bytes
        #expect(
            try verdict(
                [hello, opened, WorkerFrame.refused(listener: 0, 0).bytes, taken], given: 2) == [
                    "opened 4", "refused 4", "took 4 x1",
                ])
        #expect(try verdict([hello, opened, taken, taken], given: 2).count == 3)
    }

    @Test func handlesThatItSendsAreDropped() throws {
        let (own, other) = try ChannelPair.make(.sequentialPacket)
        let session = MartletSession(own, dispatched: [])
        let (_, passed) = try ChannelPair.make(.stream)
        _ = try hello.withUnsafeBytes { try other.descriptor.send($0, with: [passed]) }
        #expect(session.receive().isEmpty && session.isOpen)
        #expect(session.disconnect())
    }

    @Test func whoSaysNothingIsAskedBySignals() throws {
        let (own, other) = try ChannelPair.make(.sequentialPacket)
        let session = MartletSession(own, dispatched: [0])
        #expect(!session.disconnect())
        withExtendedLifetime(other) {}
    }
}
