// Messages between a program and its pool.

import LinuxKernel
import PoolWire
import Testing

@testable import Martlet
@testable import PoolMaster

@Suite(.timeLimit(.minutes(5))) struct MessageTests {
    private struct News: Codable, Equatable {
        var text: String
        var numbers: [Int]
    }

    private let news = News(text: "\u{1f426} \"x\"\n", numbers: [1, 2])

    /// The messages that the master hears.
    private func messages(_ count: Int, on stage: Stage) async throws -> [PoolMessage] {
        var messages: [PoolMessage] = []
        let end = MonotonicClock.now() + 240_000_000_000
        while messages.count < count, stage.session.isOpen, MonotonicClock.now() < end {
            for case .message(let message, let isChecked) in stage.session.receive() {
                #expect(!isChecked && message.isSound)
                messages.append(message)
            }
            try await Task.sleep(for: .milliseconds(1))
        }
        return messages
    }

    @Test func whatIsSentArrivesAtTheMaster() async throws {
        let stage = try Stage()
        try stage.worker.broadcast(news)
        try stage.worker.send("x", to: .slot(3))
        try stage.worker.send(7, to: .random)
        try stage.worker.send([true], to: .others)
        try stage.worker.send(0, to: .agent)
        let heard = try await messages(5, on: stage)
        #expect(heard.map(\.to) == [.all, .slot(3), .random, .others, .agent])
        let decoded = try Message(sender: .slot(0), body: heard[0].body).decode(News.self)
        #expect(decoded == news)
        #expect(
            heard[1...].map { String(decoding: $0.body, as: UTF8.self) } == [
                "\"x\"", "7", "[true]", "0",
            ])
    }

    @Test func whatTheMasterPassesOnComesToEverySequence() async throws {
        let stage = try Stage()
        try stage.worker.send(0, to: .all)
        _ = try await messages(1, on: stage)
        let sequences = (0..<2).map { _ in stage.worker.messages }
        for number in 0..<100 {
            let message = PoolMessage(to: .all, body: Array("\(number)".utf8))
            #expect(
                stage.session.deliver(
                    message, from: number % 2 == 0 ? .slot(UInt32(number)) : .agent,
                    isChecked: true))
        }
        for sequence in sequences {
            var seen: [Int] = []
            for await message in sequence {
                let number = try message.decode(Int.self)
                #expect(message.sender == (number % 2 == 0 ? .slot(number) : .agent))
                seen.append(number)
                if seen.count == 100 { break }
            }
            #expect(seen == Array(0..<100))
        }
    }

    /// The channel empties though nobody reads the sequence, and of that the oldest are kept.
    @Test func whoDoesNotReadLosesTheNewestAndHoldsUpNobody() async throws {
        let stage = try Stage()
        try stage.worker.send(0, to: .all)
        _ = try await messages(1, on: stage)
        let idle = stage.worker.messages
        for number in 0..<3_000 {
            let message = PoolMessage(to: .all, body: Array("\(number)".utf8))
            #expect(stage.session.deliver(message, from: .slot(1), isChecked: true))
        }
        let end = MonotonicClock.now() + 240_000_000_000
        while stage.session.channel.hasOutput, MonotonicClock.now() < end {
            stage.session.flush()
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(!stage.session.channel.hasOutput)
        var kept: [Int] = []
        for await message in idle {
            kept.append(try message.decode(Int.self))
            if kept.count == Mail.mostMessages { break }
        }
        #expect(kept == Array(0..<Mail.mostMessages))
    }

    @Test func whatCannotBeSentIsRefusedWithTheReason() async throws {
        let stage = try Stage()
        func fault(_ value: some Encodable, _ recipient: Recipient = .all) -> MessageNotSent? {
            do throws(MessageNotSent) {
                try stage.worker.send(value, to: recipient)
                return nil
            } catch {
                return error
            }
        }
        #expect(fault(1, .slot(-1)) == .noSuchSlot(-1))
        let long = String(repeating: "x", count: 65_527)
        #expect(fault(long) == .tooLong(65_529))
        #expect(fault(String(long.dropLast())) == nil)
        guard case .notEncodable = fault(Double.infinity) else {
            Issue.record("infinity has a JSON form")
            return
        }
        // Nobody reads: what waits is bounded.
        var sent = 0
        while sent < 100_000, fault(long.dropLast().count) == nil { sent += 1 }
        #expect(fault(1) == .queueFull)
        #expect(sent < 100_000)
    }

    @Test func withoutAMasterNothingIsSentAndNothingComes() async throws {
        let worker = Martlet.Worker(Inheritance())
        #expect(throws: MessageNotSent.notConnected) { try worker.broadcast(1) }
        let orphan: Martlet.Worker
        let sequence: AsyncStream<Message>
        do {
            let stage = try Stage()
            orphan = stage.worker
            sequence = orphan.messages
        }
        for await _ in sequence { Issue.record("a message of nobody") }
        for await _ in orphan.messages { Issue.record("a message of nobody") }
        #expect(throws: MessageNotSent.notConnected) { try orphan.broadcast(1) }
    }
}
