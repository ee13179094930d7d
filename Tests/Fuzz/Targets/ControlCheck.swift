// What holds for whatever a client sends to the control socket: it gets whole replies in order, the
// same however its bytes were cut, until it hangs up or is hung up on for a reason that is documented.
//
// The first two bytes of an input are no part of the stream: how it is cut, and how the master
// answers.

@testable import PoolWire

struct ControlCheck {
    private let stream: [UInt8]
    private let plan: UInt8
    private let isLate: Bool
    private let refusal: ControlError?

    init(_ input: [UInt8]) {
        stream = Array(input.dropFirst(2))
        plan = input.first ?? 0
        let manner = input.dropFirst().first ?? 0
        isLate = manner & 1 != 0
        refusal = manner & 2 != 0 ? .permissionDenied(user: 7) : nil
    }

    func run() throws {
        try checkFraming()
        try checkCalls()
        let whole = try transcript(of: Pieces(of: stream, plan: 0), isLate: false)
        try checkReplies(whole)
        // The plans of the fuzzer's choice have both extremes among them.
        try compare(whole, try transcript(of: Pieces(of: stream, plan: plan), isLate: isLate))
    }

    // MARK: Framing

    private var frames: [[UInt8]] {
        stream.split(separator: 0, omittingEmptySubsequences: false).dropLast().map(Array.init)
    }

    /// The tail without a NUL is no frame, however it is cut, and neither is one beyond the limit.
    private func checkFraming() throws {
        let limit = 40
        let isTooLong = stream.split(separator: 0).contains { $0.count > limit }
        for plan in [0, 1, plan] {
            let found = try framed(by: plan, limit: limit)
            try demand((found == nil) == isTooLong, "a frame of \(limit) bytes, cut by \(plan)")
            try demand(found == nil || found == frames, "other frames, cut by \(plan)")
        }
    }

    /// `nil` if one is too long.
    private func framed(by plan: UInt8, limit: Int) throws -> [[UInt8]]? {
        var framer = VarlinkFramer(limit: limit)
        var found: [[UInt8]] = []
        for piece in Pieces(of: stream, plan: plan).all {
            guard let frames = try? framer.receive(piece) else { return nil }
            found += frames
            try demand(framer.isWithinFrame == (piece.last != 0), "within a frame, or not")
        }
        return found
    }

    // MARK: Calls

    private func checkCalls() throws {
        for frame in frames {
            guard let call = VarlinkCall(frame: frame) else { continue }
            try demand(call.parameters.count <= VarlinkCall.mostParameters, "many parameters")
            var plain = call
            plain.parameters = call.parameters.mapValues { $0 == .other ? .null : $0 }
            try demand(
                VarlinkCall(frame: Array(plain.frame.dropLast())) == plain,
                "\(call) is written as something else")
        }
    }

    /// The replies a client is owed for its calls, up to the first that is none.
    private func checkReplies(_ transcript: Transcript) throws {
        guard transcript.hangUp != .tooManyCalls else {
            try demand(
                frames.count > ControlConversation.mostWaiting, "\(frames.count) are too many")
            return
        }
        var calls: [VarlinkCall] = []
        var isForeign = false
        for frame in frames where !isForeign {
            if let call = VarlinkCall(frame: frame) { calls.append(call) } else { isForeign = true }
        }
        if refusal != nil, let first = calls.first {
            try demand(transcript.hangUp == .refused, "a stranger stays")
            try demand(transcript.replies == (first.oneway ? 0 : 1), "a stranger gets more")
            return
        }
        try demand(transcript.hangUp == (isForeign ? .notACall : nil), "\(transcript)")
        let wanted = calls.count { !$0.oneway }
        try demand(transcript.replies == wanted, "\(transcript.replies) replies, not \(wanted)")
    }

    // MARK: Conversation

    private struct Transcript: Equatable {
        var output: [UInt8] = []
        var requests: [ControlRequest] = []
        var replies = 0
        var hangUp: ControlHangUp?

        /// How many calls waited, or were lost with a long one, depends on how they came.
        var dependsOnCutting: Bool {
            if case .frameTooLong = hangUp { return true }
            return hangUp == .tooManyCalls
        }
    }

    private func compare(_ one: Transcript, _ other: Transcript) throws {
        if one.dependsOnCutting || other.dependsOnCutting {
            let isPrefix =
                one.output.starts(with: other.output) || other.output.starts(with: one.output)
            try demand(isPrefix, "the same calls are answered in two ways")
        } else {
            try demand(one == other, "cut differently it is \(other), not \(one)")
        }
    }

    /// - Parameter isLate: Whether the master answers only when more of the stream has come.
    private func transcript(of pieces: Pieces, isLate: Bool) throws -> Transcript {
        var conversation = ControlConversation(refusing: refusal)
        var transcript = Transcript()
        for piece in pieces.all {
            try take(conversation.receive(piece), conversation, into: &transcript)
            if !isLate { try answer(&conversation, &transcript) }
        }
        try answer(&conversation, &transcript)
        try checkEnd(&conversation, transcript)
        return transcript
    }

    private func answer(
        _ conversation: inout ControlConversation, _ transcript: inout Transcript
    ) throws {
        while conversation.isWaitingForAnswer {
            let answer = Self.answers[transcript.requests.count % Self.answers.count]
            try take(conversation.answer(answer), conversation, into: &transcript)
        }
        try demand(conversation.answer(.accepted) == ControlTurn(), "an answer to nothing")
        try demand(conversation.progress("x").isEmpty, "progress of nothing")
    }

    private func take(
        _ turn: ControlTurn, _ conversation: ControlConversation, into transcript: inout Transcript
    ) throws {
        if transcript.hangUp != nil {
            try demand(turn == ControlTurn(), "it goes on after its end")
        }
        if let request = turn.request {
            try demand(turn.hangUp == nil, "it asks at its end")
            try demand(conversation.isWaitingForAnswer, "a request that wants no answer")
            transcript.requests.append(request)
            try checkProgress(of: request, conversation)
        }
        transcript.replies += try Self.replies(in: turn.output)
        transcript.output += turn.output
        transcript.hangUp = transcript.hangUp ?? turn.hangUp
        try demand(turn.hangUp != .unspeakable, "a reply has no JSON form")
    }

    private func checkProgress(
        of request: ControlRequest, _ conversation: ControlConversation
    ) throws {
        var copy = conversation
        let line = copy.progress("gen 2: 1/4 ready")
        try demand(
            try Self.replies(in: line) == (request == .reload(.progress) ? 1 : 0),
            "progress of \(request): \(line)")
        try demand(copy.progress("gen 2: 1/4 ready").isEmpty, "old news")
    }

    /// A refused message leaves the conversation usable, or at its end.
    private func checkEnd(
        _ conversation: inout ControlConversation, _ transcript: Transcript
    ) throws {
        let turn = conversation.receive(ControlRequest.status.frame)
        if transcript.hangUp != nil {
            try demand(turn == ControlTurn(), "it listens after its end")
        } else if stream.last ?? 0 == 0 {
            if refusal == nil {
                try demand(turn.request == .status, "a status is not understood afterwards")
            } else {
                try demand(turn.hangUp == .refused, "a stranger is served")
            }
        }
    }

    /// How many; each is whole, and an object that a client understands.
    private static func replies(in output: [UInt8]) throws -> Int {
        let frames = output.split(separator: 0, omittingEmptySubsequences: false)
        try demand(frames.last?.isEmpty ?? true, "half a reply")
        for frame in frames.dropLast() {
            let reply = VarlinkReply<NoParameters>(frame: Array(frame))
            let error = try need(reply, "no reply: \(String(decoding: frame, as: UTF8.self))").error
            if let error {
                try demand(
                    ["io.martlet.Pool.", "org.varlink.service."].contains(where: error.hasPrefix),
                    "the error \(error)")
            }
        }
        return max(0, frames.count - 1)
    }

    private static let answers: [ControlAnswer] = [
        .report(
            PoolReport(
                pool: "web", state: "serving", pid: 1, generation: 2, wanted: 1, ready: 1,
                status: "gen 2: 1/1 ready",
                workers: [
                    WorkerReport(
                        slot: 0, incarnation: .max, generation: 2, state: "ready",
                        role: "incumbent", pid: .max, uptimeSeconds: .infinity,
                        nextStartSeconds: -.nan, restarts: .max, lastReason: "\0\u{1b}[m\"\\",
                        statusText: "\u{202e}\u{10ffff}", memoryBytes: .max)
                ], listeners: [])),
        .accepted, .story([]),
        .metrics([MetricFamily(.workersReady, [MetricSample(["\u{1b}\"": "\n\\"], -Double.nan)])]),
        .reloaded(ReloadResult(generation: .max, ready: 0, wanted: 1)),
        .refused(.reloadFailed(reason: "\u{7f}\0", serving: nil)), .refused(.stopping),
        .refused(.notPossible(reason: "")), .scaled(ScaleResult(wanted: 1, isEffective: false)),
        .workers([]), .sent(recipients: 0),
        .configuration(ConfigurationReport(files: [], settings: [])),
    ]
}
