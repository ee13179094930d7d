// Messages on their way in and out.
// Invariant: who does not read loses new ones and holds up nobody.

import FoundationEssentials
import PoolWire

final class MessageDesk: Sendable {
    /// How many messages wait for one reader.
    static let mostWaiting = 1_024

    private let channel: Channel?
    private let state = Locked(State())

    private struct State {
        var readers: [Int: AsyncStream<Message>.Continuation] = [:]
        var nextReader = 0
        var hasEnded = false
    }

    init(_ channel: Channel?) {
        self.channel = channel
    }

    // MARK: In

    func messages() -> AsyncStream<Message> {
        AsyncStream(bufferingPolicy: .bufferingOldest(Self.mostWaiting)) { continuation in
            let number = state.withLock { state -> Int? in
                guard !state.hasEnded else { return nil }
                state.nextReader += 1
                state.readers[state.nextReader] = continuation
                return state.nextReader
            }
            guard let number else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in
                _ = self?.state.withLock { $0.readers.removeValue(forKey: number) }
            }
        }
    }

    func receive(_ message: Message) {
        let readers = state.withLock { Array($0.readers.values) }
        for reader in readers { reader.yield(message) }
    }

    /// There is no master any more.
    func end() {
        let readers = state.withLock { state in
            defer { (state.readers, state.hasEnded) = ([:], true) }
            return Array(state.readers.values)
        }
        for reader in readers { reader.finish() }
    }

    // MARK: Out

    func send(_ value: some Encodable, to recipient: Recipient) throws(MessageNotSent) {
        guard let channel, channel.isOpen else { throw .notConnected }
        guard let address = recipient.address else {
            guard case .slot(let slot) = recipient else { return }
            throw .noSuchSlot(slot)
        }
        let body = try Self.encode(value)
        guard body.count <= PoolMessage.longestBody else { throw .tooLong(body.count) }
        guard channel.offer(.message(PoolMessage(to: address, body: body))) else {
            throw channel.isOpen ? .queueFull : .notConnected
        }
    }

    private static func encode(_ value: some Encodable) throws(MessageNotSent) -> [UInt8] {
        do {
            return Array(try JSONEncoder().encode(value))
        } catch {
            throw .notEncodable("\(error)")
        }
    }
}
