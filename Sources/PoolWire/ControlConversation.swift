// The master's side of one connection to the control socket: bytes in, requests and bytes out.
//
// Invariants: calls are answered in the order they came, one at a time; at most `mostWaiting` wait;
// whatever bytes a client sends, the answer is whole replies, or the end of the conversation.

/// What the master does next about a client.
package struct ControlTurn: Hashable, Sendable {
    /// Bytes for the client. Read nothing more from it until they are sent: that bounds what waits
    /// for a client that doesn't read.
    package var output: [UInt8] = []
    /// To be answered with ``ControlConversation/answer(_:)``. The next comes only then.
    package var request: ControlRequest?
    /// Close the connection once the output is sent, and forget it.
    package var hangUp: ControlHangUp?
}

/// Why a conversation ends.
package enum ControlHangUp: Hashable, Sendable, CustomStringConvertible {
    case frameTooLong(limit: Int)
    case notACall
    case tooManyCalls
    /// It was told why.
    case refused
    /// A reply has no JSON form: a fault of ours.
    case unspeakable

    package var description: String {
        switch self {
        case .frameTooLong(let limit): "it sent a message longer than \(limit) bytes"
        case .notACall: "it sent something that is not a Varlink call"
        case .tooManyCalls:
            "it sent more than \(ControlConversation.mostWaiting) calls without waiting"
        case .refused: "it was refused"
        case .unspeakable: "the answer could not be written as JSON"
        }
    }
}

/// One client.
package struct ControlConversation: Sendable {
    /// Calls that may wait for their turn.
    package static let mostWaiting = 16

    private let refusal: ControlError?
    private var framer = VarlinkFramer()
    private var waiting: [[UInt8]] = []
    private var pending: Pending?
    private var isOver = false

    /// The call that the master is working at.
    private struct Pending: Sendable {
        var wantsReply: Bool
        var wantsProgress: Bool
        var lastProgress: String?
    }

    /// - Parameter refusal: What the first call is answered with, whatever it is, to a client the
    ///   master won't serve: ``ControlError/permissionDenied(user:)``, for instance.
    package init(refusing refusal: ControlError? = nil) {
        self.refusal = refusal
    }

    /// Whether the master owes an answer.
    package var isWaitingForAnswer: Bool { pending != nil }

    /// Takes what the client has sent.
    package mutating func receive(_ bytes: some Sequence<UInt8>) -> ControlTurn {
        guard !isOver else { return ControlTurn() }
        do throws(VarlinkFrameTooLong) {
            waiting += try framer.receive(bytes)
        } catch {
            return end(.frameTooLong(limit: error.limit))
        }
        guard waiting.count <= Self.mostWaiting else { return end(.tooManyCalls) }
        return advance()
    }

    /// The answer to the request of an earlier turn; does nothing if none is open.
    package mutating func answer(_ answer: ControlAnswer) -> ControlTurn {
        guard let answered = pending else { return ControlTurn() }
        pending = nil
        var turn = ControlTurn()
        if answered.wantsReply { append(answer.frame, to: &turn) }
        return isOver ? turn : advance(turn)
    }

    /// The status line while a reload goes on; empty unless the client wants it and it is news.
    /// Don't call it while output waits to be sent: the line that counts is the last.
    package mutating func progress(_ status: String) -> [UInt8] {
        guard pending?.wantsProgress == true, pending?.lastProgress != status else { return [] }
        pending?.lastProgress = status
        return ControlAnswer.progressFrame(status) ?? []
    }

    private mutating func advance(_ turn: ControlTurn = ControlTurn()) -> ControlTurn {
        var turn = turn
        while pending == nil, !isOver, !waiting.isEmpty {
            let frame = waiting.removeFirst()
            guard let call = VarlinkCall(frame: frame) else {
                turn.hangUp = end(.notACall).hangUp
                break
            }
            take(call, frame, &turn)
        }
        return turn
    }

    private mutating func end(_ reason: ControlHangUp) -> ControlTurn {
        isOver = true
        waiting = []
        pending = nil
        return ControlTurn(hangUp: reason)
    }

    private mutating func append(_ frame: [UInt8]?, to turn: inout ControlTurn) {
        if let frame {
            turn.output += frame
        } else {
            turn.hangUp = end(.unspeakable).hangUp
        }
    }
}

// MARK: Calls

extension ControlConversation {
    private mutating func take(
        _ call: VarlinkCall, _ frame: [UInt8], _ turn: inout ControlTurn
    ) {
        if let refusal {
            if !call.oneway { append(refusal.frame, to: &turn) }
            turn.hangUp = end(.refused).hangUp
            return
        }
        do throws(VarlinkServiceError) {
            switch try Self.meaning(of: call, frame) {
            case .request(let request):
                // Nobody reads the answer to a question.
                if call.oneway, request.isQuestion { return }
                pending = Pending(
                    wantsReply: !call.oneway, wantsProgress: request == .reload(.progress))
                turn.request = request
            case .reply(let frame):
                if !call.oneway { append(frame, to: &turn) }
            }
        } catch {
            if !call.oneway { append(error.frame, to: &turn) }
        }
    }

    private enum Meaning {
        case request(ControlRequest)
        case reply([UInt8]?)
    }

    private static func meaning(
        of call: VarlinkCall, _ frame: [UInt8]
    ) throws(VarlinkServiceError) -> Meaning {
        guard !call.upgrade else { throw .invalidParameter("upgrade") }
        switch call.method {
        case PoolInterface.status:
            try refuseOthers(call, than: [])
            return .request(.status)
        case PoolInterface.list:
            try refuseOthers(call, than: ["slot"])
            return .request(.list(slot: try slot(of: call)))
        case PoolInterface.configuration:
            try refuseOthers(call, than: [])
            return .request(.configuration)
        case PoolInterface.restartWorker:
            try refuseOthers(call, than: ["slot"])
            return .request(.restart(slot: try slot(of: call)))
        case PoolInterface.killWorker:
            try refuseOthers(call, than: ["slot", "signal"])
            return .request(try kill(call))
        case PoolInterface.send:
            try refuseOthers(call, than: ["to", "msg"])
            return .request(.send(try SentMessage.read(call, frame)))
        case PoolInterface.why:
            try refuseOthers(call, than: ["slot"])
            return .request(.why(slot: try slot(of: call)))
        case PoolInterface.metrics:
            try refuseOthers(call, than: [])
            return .request(.metrics)
        case PoolInterface.subscribe:
            try refuseOthers(call, than: [])
            guard call.more || call.oneway else { throw .expectedMore }
            return .request(.subscribe)
        case PoolInterface.reload:
            try refuseOthers(call, than: ["wait"])
            return .request(.reload(try patience(of: call)))
        case PoolInterface.scale:
            try refuseOthers(call, than: ["to", "by"])
            return .request(.scale(try wish(of: call)))
        case PoolInterface.pauseRollout, PoolInterface.resumeRollout, PoolInterface.abortRollout:
            try refuseOthers(call, than: [])
            guard let steering = Steering.allCases.first(where: { $0.method == call.method })
            else { throw .methodNotFound(call.method) }
            return .request(.steer(steering))
        case PoolInterface.reexec:
            try refuseOthers(call, than: [])
            return .request(.reexec)
        case PoolInterface.leave:
            try refuseOthers(call, than: [])
            return .request(.leave)
        case VarlinkService.getInfo:
            try refuseOthers(call, than: [])
            return .reply(VarlinkReply(ServiceInformation()).frame)
        case VarlinkService.getInterfaceDescription:
            try refuseOthers(call, than: ["interface"])
            guard case .string(let interface) = call.parameters["interface"] else {
                throw .invalidParameter("interface")
            }
            guard let text = VarlinkService.description(of: interface) else {
                throw .interfaceNotFound(interface)
            }
            return .reply(VarlinkReply(["description": text]).frame)
        default:
            guard ServiceInformation().interfaces.contains(call.interface) else {
                throw .interfaceNotFound(call.interface)
            }
            throw .methodNotFound(call.method)
        }
    }

    private static func patience(
        of call: VarlinkCall
    ) throws(VarlinkServiceError) -> ReloadPatience {
        switch call.parameters["wait"] {
        case .bool(false): return .acceptance
        // Without a reply there is nothing to wait for.
        case nil, .null, .bool(true):
            return call.oneway ? .acceptance : call.more ? .progress : .result
        default: throw .invalidParameter("wait")
        }
    }

    /// Exactly one of "to" and "by".
    private static func wish(of call: VarlinkCall) throws(VarlinkServiceError) -> ScaleWish {
        switch (call.parameters["to"] ?? .null, call.parameters["by"] ?? .null) {
        case (.int(let count), .null) where ScaleWish.range.contains(count): return .to(count)
        case (.null, .int(let difference)): return .by(difference)
        case (.int, .null), (.null, .null): throw .invalidParameter("to")
        case (.null, _): throw .invalidParameter("by")
        default: throw .invalidParameter("to")
        }
    }

    private static func slot(of call: VarlinkCall) throws(VarlinkServiceError) -> Int? {
        switch call.parameters["slot"] {
        case nil, .null: return nil
        case .int(let slot) where slot >= -1: return slot
        default: throw .invalidParameter("slot")
        }
    }

    private static func kill(_ call: VarlinkCall) throws(VarlinkServiceError) -> ControlRequest {
        guard let slot = try slot(of: call) else { throw .invalidParameter("slot") }
        switch call.parameters["signal"] {
        case nil, .null: return .kill(slot: slot, signal: "SIGTERM")
        case .string(let signal): return .kill(slot: slot, signal: signal)
        default: throw .invalidParameter("signal")
        }
    }

    /// A parameter that means nothing here is an error: nothing is accepted and ignored.
    private static func refuseOthers(
        _ call: VarlinkCall, than known: [String]
    ) throws(VarlinkServiceError) {
        let unknown = call.parameters.keys.filter { !known.contains($0) }.min()
        if let unknown { throw .invalidParameter(unknown) }
    }
}
