// What is said on the channel of Protocol=martlet, a SOCK_SEQPACKET socket: one frame a packet.
// Invariant: any packet is a frame or is refused; each frame has one form, so that reading and
// writing it gives the same bytes.
//
// A frame begins with eight bytes, all numbers little-endian:
//     0  UInt16  kind
//     2  UInt16  listener: the place in MARTLET_DISPATCHED of the socket it is about; else 0
//     4  UInt32  number
// Connections go with their frame as descriptors (SCM_RIGHTS), in the order of their numbers, which
// count from 0 in each worker, begin anew after 2^32 - 1, and at 0 with each master.

/// What a worker says to its master.
package enum WorkerFrame: Equatable, Sendable {
    /// The first frame: which version of this protocol it speaks.
    case hello(version: UInt32)
    /// It waits for connections of a listener, or does not any more.
    case opened(listener: UInt16)
    case closed(listener: UInt16)
    /// It has all connections up to and with this one, but for those it has refused.
    case taken(through: UInt32)
    /// The connection goes with it as a descriptor: if the master that has given it is gone by then,
    /// the next one has no other.
    case refused(listener: UInt16, UInt32)
    /// So many connections of a listener have ended.
    case ended(listener: UInt16, count: UInt32)
    /// It leaves by itself.
    case leaving
    /// It has something to say to others.
    case message(PoolMessage)
    /// So many requests have ended since it last said so, and so many are under way.
    case load(finished: UInt32, underWay: UInt16)
    /// The answer to `MasterFrame.resume`: what it says from here on is for that master. `opened`
    /// follows for each listener that it waits at, and `holds` for each of which it has any.
    case resumed(version: UInt32)
    /// So many connections of a listener are here and have not ended, whoever has given them.
    case holds(listener: UInt16, count: UInt32)

    /// The version that this library speaks.
    package static let version: UInt32 = 1
}

/// What a master says to its worker.
package enum MasterFrame: Equatable, Sendable {
    /// Connections of a listener, as many as there are descriptors with the frame.
    case connections(listener: UInt16, first: UInt32)
    /// Finish, and leave.
    case leave
    /// Somebody has something to say.
    case message(body: [UInt8], sender: MessageSender)
    /// To the agent: who serves now, as JSON.
    case roll([UInt8])
    /// Another master is at this end and wants an account. What was given before and is not answered
    /// for stays with the worker, without an answer; numbers begin anew at 0.
    case resume

    /// How many bytes a frame has at most, of either side.
    package static let longest = FrameHeader.size + PoolMessage.longestBody
    /// How many descriptors go with one frame at most; the kernel takes up to 253.
    package static let mostConnections = 64
}

/// Why a packet is no frame.
package enum ChannelBroken: Error, Equatable, CustomStringConvertible {
    case length(Int)
    case kind(UInt16)
    /// The kind of an address.
    case address(UInt16)

    /// The end of a sentence about the sender.
    package var description: String {
        switch self {
        case .length(let count): "sent a packet of \(count) bytes on its channel"
        case .kind(let kind): "sent a packet of the unknown kind \(kind) on its channel"
        case .address(let kind): "sent a message to an address of the unknown kind \(kind)"
        }
    }
}

/// The eight bytes that every frame begins with.
struct FrameHeader {
    var kind: UInt16
    var listener: UInt16 = 0
    var number: UInt32 = 0

    static let size = 8

    init(kind: UInt16, listener: UInt16 = 0, number: UInt32 = 0) {
        self.kind = kind
        self.listener = listener
        self.number = number
    }

    /// - Parameter packet: With a body after the header only if it is a message.
    init(_ packet: UnsafeRawBufferPointer) throws(ChannelBroken) {
        guard packet.count >= Self.size else { throw .length(packet.count) }
        guard packet.count <= Self.size + PoolMessage.longestBody else {
            throw .length(packet.count)
        }
        kind = UInt16(littleEndian: packet.loadUnaligned(fromByteOffset: 0, as: UInt16.self))
        listener = UInt16(littleEndian: packet.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        number = UInt32(littleEndian: packet.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    }

    var bytes: [UInt8] {
        withUnsafeBytes(of: kind.littleEndian, Array.init)
            + withUnsafeBytes(of: listener.littleEndian, Array.init)
            + withUnsafeBytes(of: number.littleEndian, Array.init)
    }
}

extension UnsafeRawBufferPointer {
    /// What follows the header.
    fileprivate var frameBody: [UInt8] { Array(self[FrameHeader.size...]) }

    fileprivate func expectNoBody() throws(ChannelBroken) {
        guard count == FrameHeader.size else { throw .length(count) }
    }
}

extension WorkerFrame {
    package init(_ packet: UnsafeRawBufferPointer) throws(ChannelBroken) {
        let header = try FrameHeader(packet)
        if header.kind == 8 {
            guard let to = MessageAddress(kind: header.listener, slot: header.number) else {
                throw .address(header.listener)
            }
            self = .message(PoolMessage(to: to, body: packet.frameBody))
            return
        }
        try packet.expectNoBody()
        switch header.kind {
        case 1: self = .hello(version: header.number)
        case 2: self = .opened(listener: header.listener)
        case 3: self = .closed(listener: header.listener)
        case 4: self = .taken(through: header.number)
        case 5: self = .refused(listener: header.listener, header.number)
        case 6: self = .ended(listener: header.listener, count: header.number)
        case 7: self = .leaving
        case 9: self = .load(finished: header.number, underWay: header.listener)
        case 10: self = .resumed(version: header.number)
        case 11: self = .holds(listener: header.listener, count: header.number)
        default: throw .kind(header.kind)
        }
    }

    package var bytes: [UInt8] {
        switch self {
        case .hello(let version): FrameHeader(kind: 1, number: version).bytes
        case .opened(let listener): FrameHeader(kind: 2, listener: listener).bytes
        case .closed(let listener): FrameHeader(kind: 3, listener: listener).bytes
        case .taken(let number): FrameHeader(kind: 4, number: number).bytes
        case .refused(let listener, let number):
            FrameHeader(kind: 5, listener: listener, number: number).bytes
        case .ended(let listener, let count):
            FrameHeader(kind: 6, listener: listener, number: count).bytes
        case .leaving: FrameHeader(kind: 7).bytes
        case .message(let message): message.frame(kind: 8)
        case .load(let finished, let underWay):
            FrameHeader(kind: 9, listener: underWay, number: finished).bytes
        case .resumed(let version): FrameHeader(kind: 10, number: version).bytes
        case .holds(let listener, let count):
            FrameHeader(kind: 11, listener: listener, number: count).bytes
        }
    }
}

extension PoolMessage {
    fileprivate func frame(kind: UInt16) -> [UInt8] {
        let (address, slot) = to.fields
        return FrameHeader(kind: kind, listener: address, number: slot).bytes + body
    }
}

extension MasterFrame {
    /// - Throws: Of a kind that is unknown: a worker ignores what newer masters say.
    package init(_ packet: UnsafeRawBufferPointer) throws(ChannelBroken) {
        let header = try FrameHeader(packet)
        switch header.kind {
        case 32: self = .connections(listener: header.listener, first: header.number)
        case 33: self = .leave
        case 34:
            self = .message(
                body: packet.frameBody,
                sender: MessageSender(kind: header.listener, slot: header.number))
        case 35: self = .roll(packet.frameBody)
        case 36: self = .resume
        default: throw .kind(header.kind)
        }
    }

    package var bytes: [UInt8] {
        switch self {
        case .connections(let listener, let first):
            return FrameHeader(kind: 32, listener: listener, number: first).bytes
        case .leave: return FrameHeader(kind: 33).bytes
        case .message(let body, let sender):
            let (kind, slot) = sender.fields
            return FrameHeader(kind: 34, listener: kind, number: slot).bytes + body
        case .roll(let body): return FrameHeader(kind: 35).bytes + body
        case .resume: return FrameHeader(kind: 36).bytes
        }
    }
}
