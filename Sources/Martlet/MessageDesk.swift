// Messages on their way out.

import FoundationEssentials
import PoolWire

struct MessageDesk: Sendable {
    private let channel: Channel?

    init(_ channel: Channel?) {
        self.channel = channel
    }

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
