// What holds for whatever a worker writes on its channel: the same messages however the bytes were
// cut, or the same refusal; answers that are lines of JSON; texts that are harmless.
//
// The first byte of an input is no part of the stream: how it is cut.

@testable import PoolWire

struct NodeCheck {
    /// Short, so that it is reached.
    private static let limit = 512

    private let stream: [UInt8]
    private let plan: UInt8

    init(_ input: [UInt8]) {
        stream = Array(input.dropFirst())
        plan = input.first ?? 0
    }

    func run() throws {
        let whole = heard(plan: 0)
        for plan in [1, plan] {
            let other = heard(plan: plan)
            // Of two reasons the one that is found first ends it.
            try demand(
                (whole.end == nil) == (other.end == nil), "cut by \(plan) it ends otherwise")
            // What came whole before a line that is too long may have been read already.
            try demand(
                other.messages.starts(with: whole.messages), "cut by \(plan) it says other things")
            try demand(
                whole.end != nil || whole.messages == other.messages, "cut by \(plan) it says more")
        }
        for message in heard(plan: 1).messages { try check(message) }
    }

    private func heard(plan: UInt8) -> (messages: [NodeMessage], end: NodeChannelBroken?) {
        var framer = NodeFramer(limit: Self.limit)
        var messages: [NodeMessage] = []
        do throws(NodeChannelBroken) {
            for piece in Pieces(of: stream, plan: plan).all {
                for line in try receive(piece, &framer) {
                    messages.append(try NodeMessage(line: line))
                }
            }
        } catch {
            return (messages, error)
        }
        return (messages, nil)
    }

    private func receive(
        _ piece: ArraySlice<UInt8>, _ framer: inout NodeFramer
    ) throws(NodeChannelBroken) -> [[UInt8]] {
        let lines = piece.withUnsafeBytes { bytes in
            Result { () throws(NodeChannelBroken) in try framer.receive(bytes) }
        }
        return try lines.get()
    }

    private func check(_ message: NodeMessage) throws {
        switch message {
        case .query(let query, let number): try check(query, number)
        case .program(let line): try NodeWord(line).map(check)
        case .leaving(let number): try checkLine(NodeOrder.acknowledge(1, answering: number))
        case .online, .listening, .accepted, .closed, .handle, .other: break
        }
    }

    private func check(_ word: NodeWord) throws {
        switch word {
        case .status(let text):
            try demandHarmless(text, "what a program says of itself")
            try demand(text.count <= NotifyMessage.longestStatus, "it says \(text.count) letters")
        case .spoken(.message(let message)):
            try demand(message.isSound, "what others are told is no JSON")
            try checkPassedOn(message.line(from: .agent))
        case .spoken(.undeliverable(let why)): try demandHarmless(why, "why nobody is told")
        case .counter(let query): try checkPassedOn(query.answer(query.difference))
        case .ready, .heartbeat, .load: break
        }
    }

    /// To a program: one line, which is no order of the pool's.
    private func checkPassedOn(_ line: [UInt8]) throws {
        let newlines = line.count { $0 == UInt8(ascii: "\n") }
        try demand(newlines == 1 && line.last == UInt8(ascii: "\n"), "what is passed on is no line")
        try demand(line.count <= Self.limit + 200, "\(line.count) bytes are passed on")
        let text = Array(line.dropLast())
        try demand(
            (try? NodeMessage(line: text)) == .program(text), "what is passed on is an order")
    }

    private func check(_ query: NodeListenQuery, _ number: Int) throws {
        let share = NodeOrder.share(
            7, answering: number, key: "0", data: query.data, isDatagram: false,
            isElsewhere: number % 2 == 0)
        try checkLine(share)
        try checkLine(
            NodeOrder.refuse(7, answering: number, data: query.data, because: .addressInUse))
        // Escapes may lengthen what is passed on.
        try demand(share.count <= 6 * Self.limit + 500, "an answer of \(share.count) bytes")
        if case .descriptor(let descriptor) = query.place {
            try demand(descriptor >= 0, "descriptor \(descriptor)")
        }
    }

    private func checkLine(_ line: [UInt8]) throws {
        let newlines = line.count { $0 == UInt8(ascii: "\n") }
        try demand(newlines == 1 && line.last == UInt8(ascii: "\n"), "an answer is no line")
        let message = try? NodeMessage(line: line.dropLast())
        try demand(message == .other || message == .handle, "an answer is no message")
    }
}
