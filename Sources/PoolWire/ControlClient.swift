// martletctl's side of one connection to the control socket: bytes of replies in, answers out.
// Invariant: whatever bytes a server sends, they are answers or one failure.

extension ControlRequest {
    /// The call with its NUL.
    package var frame: [UInt8] {
        switch self {
        case .status: VarlinkCall(method: PoolInterface.status).frame
        case .list(let slot):
            VarlinkCall(method: PoolInterface.list, parameters: Self.parameters(slot)).frame
        case .configuration: VarlinkCall(method: PoolInterface.configuration).frame
        case .metrics: VarlinkCall(method: PoolInterface.metrics).frame
        case .subscribe: VarlinkCall(method: PoolInterface.subscribe, more: true).frame
        case .why(let slot):
            VarlinkCall(method: PoolInterface.why, parameters: Self.parameters(slot)).frame
        case .reload(let patience):
            VarlinkCall(
                method: PoolInterface.reload,
                parameters: patience == .acceptance ? ["wait": .bool(false)] : [:],
                more: patience == .progress
            ).frame
        case .scale(.to(let count)):
            VarlinkCall(method: PoolInterface.scale, parameters: ["to": .int(count)]).frame
        case .scale(.by(let difference)):
            VarlinkCall(method: PoolInterface.scale, parameters: ["by": .int(difference)]).frame
        case .steer(let steering): VarlinkCall(method: steering.method).frame
        case .restart(let slot):
            VarlinkCall(
                method: PoolInterface.restartWorker, parameters: Self.parameters(slot)
            ).frame
        case .kill(let slot, let signal):
            VarlinkCall(
                method: PoolInterface.killWorker,
                parameters: ["slot": .int(slot), "signal": .string(signal)]
            ).frame
        case .send(let message): SentMessage.frame(of: message)
        case .reexec: VarlinkCall(method: PoolInterface.reexec).frame
        case .leave: VarlinkCall(method: PoolInterface.leave).frame
        }
    }

    private static func parameters(_ slot: Int?) -> [String: VarlinkParameter] {
        slot.map { ["slot": .int($0)] } ?? [:]
    }
}

/// What a client reads.
package enum ControlNews: Hashable, Sendable {
    case progress(String)
    case event(PoolEvent)
    /// The last there is to read.
    case answer(ControlAnswer)
}

/// The server does not speak io.martlet.Pool.
package struct UnintelligibleReply: Error, Hashable, Sendable {
    package init() {}
}

/// One request and what comes back.
package struct ControlClient: Sendable {
    package let request: ControlRequest
    private var framer: VarlinkFramer

    /// - Parameter longestReply: Bytes; what is longer is not understood.
    package init(_ request: ControlRequest, longestReply: Int = VarlinkFramer.replyLimit) {
        self.request = request
        framer = VarlinkFramer(limit: longestReply)
    }

    package mutating func receive(
        _ bytes: some Sequence<UInt8>
    ) throws(UnintelligibleReply) -> [ControlNews] {
        let frames: [[UInt8]]
        do throws(VarlinkFrameTooLong) {
            frames = try framer.receive(bytes)
        } catch {
            throw UnintelligibleReply()
        }
        var news: [ControlNews] = []
        for frame in frames { news.append(try read(frame)) }
        return news
    }

    private func read(_ frame: [UInt8]) throws(UnintelligibleReply) -> ControlNews {
        // The error's name decides what its parameters are.
        if let failure = VarlinkReply<ControlErrorParameters>(frame: frame),
            let name = failure.error
        {
            return .answer(.refused(ControlError(name: name, failure.parameters)))
        }
        switch request {
        case .status:
            guard let report = VarlinkReply<StatusParameters>(frame: frame)?.parameters?.pool else {
                throw UnintelligibleReply()
            }
            return .answer(.report(report))
        case .list:
            guard let list = VarlinkReply<ListParameters>(frame: frame)?.parameters else {
                throw UnintelligibleReply()
            }
            return .answer(.workers(list.workers))
        case .configuration:
            guard let report = VarlinkReply<ConfigurationReport>(frame: frame)?.parameters else {
                throw UnintelligibleReply()
            }
            return .answer(.configuration(report))
        case .send:
            guard let result = VarlinkReply<SendParameters>(frame: frame)?.parameters else {
                throw UnintelligibleReply()
            }
            return .answer(.sent(recipients: result.recipients))
        case .metrics:
            guard
                let families = VarlinkReply<MetricsParameters>(frame: frame)?.parameters?.families
            else { throw UnintelligibleReply() }
            return .answer(.metrics(families))
        case .subscribe:
            guard let event = PoolEvent(frame: frame) else { throw UnintelligibleReply() }
            return .event(event)
        case .why:
            guard
                let story = VarlinkReply<WhyParameters>(frame: frame)?.parameters?.happenings
            else { throw UnintelligibleReply() }
            return .answer(.story(story))
        case .reload(let patience):
            guard let reply = VarlinkReply<ReloadParameters>(frame: frame) else {
                throw UnintelligibleReply()
            }
            return try read(reply, patience)
        case .scale:
            guard let result = VarlinkReply<ScaleParameters>(frame: frame)?.parameters else {
                throw UnintelligibleReply()
            }
            return .answer(
                .scaled(ScaleResult(wanted: result.wanted, isEffective: result.effective)))
        case .steer, .restart, .kill, .reexec, .leave:
            guard VarlinkReply<NoParameters>(frame: frame) != nil else {
                throw UnintelligibleReply()
            }
            return .answer(.accepted)
        }
    }

    private func read(
        _ reply: VarlinkReply<ReloadParameters>, _ patience: ReloadPatience
    ) throws(UnintelligibleReply) -> ControlNews {
        if reply.continues == true { return .progress(reply.parameters?.status ?? "") }
        if patience == .acceptance { return .answer(.accepted) }
        guard let parameters = reply.parameters, let generation = parameters.generation,
            let ready = parameters.ready, let wanted = parameters.wanted
        else { throw UnintelligibleReply() }
        return .answer(
            .reloaded(ReloadResult(generation: generation, ready: ready, wanted: wanted)))
    }
}
