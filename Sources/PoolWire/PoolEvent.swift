// What subscribers are told, one reply each.

import FoundationEssentials

/// The types of io.martlet.Pool; PoolInterface.swift says what their fields mean.
package enum PoolEvent: Hashable, Sendable {
    case happening(Happening)
    /// What a program of the pool has sent to subscribers: JSON.
    case message(body: [UInt8], sender: MessageSender)
    /// So many were not told, as the client did not read.
    case lost(Int)
}

extension PoolEvent {
    /// A reply before the last one; `nil` only for what has no JSON form.
    ///
    /// A message's body is passed on as it is: it is known to be JSON.
    package var frame: [UInt8]? {
        switch self {
        case .happening(let happening):
            return VarlinkReply(EventParameters(happening: happening), continues: true).frame
        case .lost(let count):
            return VarlinkReply(EventParameters(lost: count), continues: true).frame
        case .message(let body, let sender):
            let slot = sender.slot.map { "\($0)" } ?? "null"
            var frame = Array(#"{"continues":true,"parameters":{"message":{"from":"#.utf8)
            frame += Array(#"\#(slot),"msg":"#.utf8)
            return frame + body + Array("}}}".utf8) + [0]
        }
    }

    /// - Parameter frame: Of such a reply, without its NUL.
    init?(frame: [UInt8]) {
        guard let reply = VarlinkReply<EventParameters>(frame: frame), reply.continues == true,
            let parameters = reply.parameters
        else { return nil }
        switch (parameters.happening, parameters.message, parameters.lost) {
        case (let happening?, nil, nil): self = .happening(happening)
        case (nil, nil, let lost?): self = .lost(lost)
        case (nil, let message?, nil):
            guard let body = Self.body(in: frame) else { return nil }
            self = .message(body: body, sender: MessageSender(slot: message.from))
        default: return nil
        }
    }

    /// As it was written.
    private static func body(in frame: [UInt8]) -> [UInt8]? {
        var text = frame
        for name in ["parameters", "message", "msg"] as [StaticString] {
            guard let value = JSONMembers(of: text)?[name] else { return nil }
            text = Array(value)
        }
        return text
    }

    /// One JSON object on one line, without the line's end.
    package var json: [UInt8] {
        guard let frame, let parameters = JSONMembers(of: Array(frame.dropLast()))?["parameters"]
        else { return Array("{}".utf8) }
        return Array(parameters)
    }
}

private struct EventParameters: Codable, Sendable {
    var happening: Happening?
    var message: MessageOrigin?
    var lost: Int?
}

/// A message without its body.
private struct MessageOrigin: Codable, Sendable {
    var from: Int?
}

extension MessageSender {
    /// As the interface has it: -1 is the agent, `nil` somebody who is not of the pool.
    package var slot: Int? {
        switch self {
        case .slot(let slot): Int(slot)
        case .agent: -1
        case .outside: nil
        }
    }

    init(slot: Int?) {
        switch slot {
        case nil: self = .outside
        case let slot? where slot < 0: self = .agent
        case let slot?: self = .slot(UInt32(clamping: slot))
        }
    }
}
