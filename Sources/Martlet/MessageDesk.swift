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
        let message = try PoolMessage(value, to: recipient)
        guard channel.offer(.message(message)) else {
            throw channel.isOpen ? .queueFull : .notConnected
        }
    }
}

extension PoolMessage {
    package init(_ value: some Encodable, to recipient: Recipient) throws(MessageNotSent) {
        self.init(to: try recipient.address(), body: try Self.body(value))
    }

    package static func body(_ value: some Encodable) throws(MessageNotSent) -> [UInt8] {
        let body: [UInt8]
        do {
            body = Array(try JSONEncoder().encode(value))
        } catch {
            throw .notEncodable("\(error)")
        }
        guard body.count <= longestBody else { throw .tooLong(body.count) }
        return body
    }
}
