// What holds for whatever a worker of Protocol=martlet sends: each connection that it was given is
// taken, refused or taken back, once; after a broken protocol it is not heard. The same of one that
// was left by another master.
//
// An input is a list of steps. A byte below 200: a packet of so many of the next bytes, modulo 13.
// Any other: so many connections are given, modulo 4.

@testable import LinuxKernel
@testable import PoolMaster
@testable import PoolWire

struct ChannelCheck {
    private let input: [UInt8]

    init(_ input: [UInt8]) {
        self.input = input
    }

    func run() throws {
        try run { MartletSession($0, dispatched: [3, 5]) }
        try run { MartletSession(resuming: SessionState(), $0, dispatched: [3, 5]) }
    }

    private func run(_ begin: (SharedDescriptor) -> MartletSession) throws {
        guard let (own, other) = try? ChannelPair.make(.sequentialPacket),
            let (connection, _) = try? ChannelPair.make(.stream)
        else { return }
        let session = begin(own)
        var rest = input[...]
        var given = 0
        var settled = 0
        while let step = rest.popFirst() {
            if step < 200 {
                let packet = Array(rest.prefix(Int(step) % 13))
                rest = rest.dropFirst(packet.count)
                // An empty one is the end of the channel, as the kernel has it.
                _ = try? packet.withUnsafeBytes { try other.descriptor.send($0) }
                settled += try hear(session)
            } else {
                let client = Dispatcher.Connection(descriptor: connection, source: .unknown)
                for _ in 0..<step % 4 {
                    for index in [3, 5] where session.give(client, from: index) { given += 1 }
                }
            }
        }
        let back = session.takeBack()
        try demand(
            settled + back.count == given,
            "of \(given) connections \(settled) are answered for and \(back.count) come back")
        try demand(back.allSatisfy { [3, 5].contains($0.index) }, "one comes back to nowhere")
        try demand(session.takeBack().isEmpty, "they come back twice")
    }

    /// - Returns: How many connections it has answered for.
    private func hear(_ session: MartletSession) throws -> Int {
        let wasOpen = session.isOpen
        var settled = 0
        var isBroken = false
        for news in session.receive() {
            try demand(wasOpen && !isBroken, "it is heard though it has broken the protocol")
            switch news {
            case .took(_, let count):
                try demand(count > 0, "it has taken \(count)")
                settled += count
            case .refused: settled += 1
            case .notice(.broken(let fault)):
                try demandHarmless(fault, "why it is not heard")
                isBroken = true
            case .message(let message, _):
                try demand(message.body.count <= PoolMessage.longestBody, "a message is too long")
            case .notice, .listens, .opened, .closed, .returned, .ended, .holds, .undeliverable,
                .load, .strangeHandshake:
                break
            }
        }
        try demand(!isBroken || !session.isOpen, "it is open though it has broken the protocol")
        return settled
    }
}
