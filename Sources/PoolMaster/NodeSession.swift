// One Node worker and its channel: what it says, and what it is told.
// Invariant: each query is answered once; a worker that breaks the protocol is heard no more; what
// answers for the connections of the master before is not taken for an answer to this one.

import LinuxKernel
import PoolConfiguration
import PoolCore
import PoolWire

/// The master's half of Node's `cluster` for one worker.
final class NodeSession: WorkerSession {
    let channel: WorkerChannel
    private(set) var isOpen = true
    private var hasGreeted: Bool {
        didSet { isStateNew = isStateNew || hasGreeted != oldValue }
    }
    private var framer = NodeFramer()
    /// Of the next message. No two masters use the same ones.
    private var sequence: Int
    /// Whether the next line may be the rest of one that the master before has read in part.
    private var beginsInTheMiddle: Bool
    var isStateNew = false
    /// Whether a line that the master before has not ended stands in the channel.
    private let isTorn: Bool
    private var isTearNews: Bool
    private let listeners: NodeListeners
    private let counters: CounterMemory
    /// The sockets whose connections it waits for, and those that it was given and has not answered
    /// for, by the number of the message.
    private var served: Set<Int> = [] {
        didSet { isStateNew = true }
    }
    private var inFlight: [(number: Int, index: Int, connection: Dispatcher.Connection)] = []
    /// Whether it has said that it is ready. Until then what it says is left in the channel while it is
    /// looked at: if the master is killed in this moment, the next one finds it there.
    private var hasSaidReady: Bool {
        didSet { isStateNew = isStateNew || hasSaidReady != oldValue }
    }
    /// How much of what is in the channel was looked at.
    private var seen = 0
    private let passesConnections: Bool
    private let awaitsReadyMessage: Bool
    private let sendsShutdownMessage: Bool

    init(
        _ end: SharedDescriptor, _ listeners: NodeListeners, _ counters: CounterMemory,
        _ order: LaunchOrder, resuming state: SessionState? = nil, firstSequence: Int = 0
    ) {
        channel = WorkerChannel(end)
        self.counters = counters
        self.listeners = listeners
        passesConnections = order.settings.dispatch != .shared
        awaitsReadyMessage = order.program.awaitsReadyMessage
        sendsShutdownMessage = order.program.sendsShutdownMessage
        // An agent is no worker of a cluster, which would begin with a word of its own; and one that
        // the master before has heard may not be known to have said it.
        hasGreeted = order.isAgent || state != nil
        hasSaidReady = state?.hasSaidReady ?? false
        sequence = firstSequence
        beginsInTheMiddle = state != nil
        served = Set(state?.served ?? [])
        isTorn = state?.isTorn ?? false
        isTearNews = isTorn
    }

    var canBeAsked: Bool { false }
    var state: SessionState {
        SessionState(
            hasGreeted: hasGreeted, served: served.sorted(), isTorn: isTorn || channel.isTorn,
            hasSaidReady: hasSaidReady)
    }

    func receive() -> [WorkerNews] {
        if isTearNews { return giveUp() }
        guard isOpen else { return [] }
        return withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            switch hasSaidReady
                ? try? channel.end.descriptor.receive(into: buffer)
                : try? channel.end.descriptor.peek(into: buffer)
            {
            case .bytes(let count):
                if !hasSaidReady { seen = count }
                return take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            case .wouldBlock: return []
            case .closed, nil:
                isOpen = false
                return []
            }
        }
    }

    func forgetReceived() {
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            while seen > 0 {
                let most = min(seen, buffer.count)
                let transfer = try? channel.end.descriptor.receive(
                    into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<most]))
                guard case .bytes(let count) = transfer else { break }
                seen -= count
            }
        }
        seen = 0
    }

    private func giveUp() -> [WorkerNews] {
        (isOpen, isTearNews) = (false, false)
        return [.notice(.broken("was left by the master before in the middle of a line"))]
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> [WorkerNews] {
        do throws(NodeChannelBroken) {
            var news: [WorkerNews] = []
            for line in try framer.receive(bytes) {
                guard let message = try message(line) else { continue }
                if !hasGreeted {
                    hasGreeted = true
                    if message != .online { news.append(.strangeHandshake) }
                }
                guard let heard = hear(message) else { continue }
                if case .notice(.ready) = heard { hasSaidReady = true }
                news.append(heard)
            }
            return news
        } catch {
            isOpen = false
            return [.notice(.broken(error.description))]
        }
    }

    /// - Returns: `nil` for the rest of a line whose beginning the master before has read.
    private func message(_ line: [UInt8]) throws(NodeChannelBroken) -> NodeMessage? {
        guard beginsInTheMiddle else { return try NodeMessage(line: line) }
        beginsInTheMiddle = false
        return try? NodeMessage(line: line)
    }

    private func hear(_ message: NodeMessage) -> WorkerNews? {
        switch message {
        case .online, .other: return nil
        case .query(let query, let number): return answer(query, number)
        case .listening:
            return awaitsReadyMessage ? .listens : .notice(.ready)
        case .accepted(let number, let isTaken): return settle(number, isTaken)
        case .closed(let key): return Int(key).flatMap { served.remove($0) }.map { .closed($0) }
        case .leaving(let number):
            return .notice(say(NodeOrder.acknowledge(next(), answering: number)) ?? .stopping)
        case .handle: return say(NodeOrder.handleRefused).map { .notice($0) }
        case .program(let line): return NodeWord(line).flatMap(hear)
        }
    }

    private func hear(_ word: NodeWord) -> WorkerNews? {
        switch word {
        case .ready: return .notice(.ready)
        case .heartbeat: return .notice(.heartbeat)
        case .status(let text): return .notice(.status(text))
        case .load(let finished, let underWay): return .load(finished: finished, underWay: underWay)
        case .spoken(.message(let message)): return .message(message, isChecked: true)
        case .spoken(.undeliverable(let why)): return .undeliverable(because: why)
        case .counter(let query):
            return say(query.answer(counters.add(query.difference, to: query.name)))
                .map { .notice($0) }
        }
    }

    /// Its body is JSON already, if it comes from a worker on Node; else that is seen to here.
    func deliver(_ message: PoolMessage, from sender: MessageSender, isChecked: Bool) -> Bool {
        guard isChecked || message.isSound else { return false }
        return tell(message.line(from: sender))
    }

    func tell(_ roll: WorkerRoll) -> Bool { tell(roll.line) }

    private func tell(_ line: [UInt8]) -> Bool {
        guard isOpen, !isTorn, channel.queue(line) else { return false }
        flush()
        return true
    }

    private func answer(_ query: NodeListenQuery, _ number: Int) -> WorkerNews? {
        guard let share = listeners.share(query) else {
            let line = NodeOrder.refuse(
                next(), answering: number, data: query.data, because: .addressInUse)
            return say(line).map { .notice($0) }
        }
        if passesConnections, share.socket.facts.isListening {
            return serve(share, query, number)
        }
        let line = NodeOrder.share(
            next(), answering: number, key: share.key, data: share.data,
            isDatagram: share.socket.facts.kind == .datagram, isElsewhere: share.isElsewhere)
        return say(line, with: [share.socket.shared]).map { .notice($0) }
    }

    // MARK: Connections

    private func serve(
        _ share: NodeListeners.Share, _ query: NodeListenQuery, _ number: Int
    ) -> WorkerNews? {
        let line = NodeOrder.serve(
            next(), answering: number, key: share.key, data: share.data,
            name: share.socket.name(asked: query.place.port))
        if let trouble = say(line) { return .notice(trouble) }
        served.insert(share.index)
        return .opened(share.index)
    }

    func give(_ connection: Dispatcher.Connection, from index: Int) -> Bool {
        guard isOpen, !isTorn, served.contains(index) else { return false }
        let number = next()
        let line = NodeOrder.connection(number, key: "\(index)")
        guard channel.queue(line, with: [connection.descriptor]) else { return false }
        inFlight.append((number, index, connection))
        // At once: what has been sent is the worker's even if this master is killed in the next moment.
        flush()
        return true
    }

    private func settle(_ number: Int, _ isTaken: Bool) -> WorkerNews? {
        // The first as a rule: Node answers in order.
        guard let place = inFlight.firstIndex(where: { $0.number == number }) else { return nil }
        let (_, index, connection) = inFlight.remove(at: place)
        return isTaken ? .took(index, count: 1) : .refused(index, connection)
    }

    /// Node ends a connection by shutdown(2), whoever else has a copy of it.
    var answersMayWait: Bool { true }
    var unanswered: Int { inFlight.count }

    func takeBack() -> [(index: Int, connection: Dispatcher.Connection)] {
        defer { inFlight = [] }
        return inFlight.map { ($0.index, $0.connection) }
    }

    func disconnect() -> Bool {
        guard isOpen, !isTorn else { return false }
        let line =
            sendsShutdownMessage ? NodeOrder.message("shutdown") : NodeOrder.disconnect(next())
        guard say(line) == nil else { return false }
        flush()
        return isOpen
    }

    func flush() {
        let wasTorn = channel.isTorn
        if !channel.flush() { isOpen = false }
        if channel.isTorn != wasTorn { isStateNew = true }
    }

    /// Queues a line.
    ///
    /// - Returns: Only if it can't be said: the worker does not read.
    private func say(_ line: [UInt8], with attached: [SharedDescriptor] = []) -> Notice? {
        guard isOpen else { return nil }
        guard channel.queue(line, with: attached) else {
            isOpen = false
            return .broken("does not read its channel")
        }
        return nil
    }

    private func next() -> Int {
        defer { sequence += 1 }
        return sequence
    }
}

extension PoolSocket {
    /// What a program takes for its server's address, with the port that it has asked for.
    fileprivate func name(asked port: UInt16?) -> NodeOrder.SocketName? {
        let text = facts.address.description
        switch facts.address {
        case .inet4(_, let own):
            let address = text.prefix { $0 != ":" }
            return NodeOrder.SocketName(
                address: String(address), isVersion6: false, port: Int(nonZero(port) ?? own))
        case .inet6(_, let own, _):
            let address = text.dropFirst().prefix { $0 != "]" }
            return NodeOrder.SocketName(
                address: String(address), isVersion6: true, port: Int(nonZero(port) ?? own))
        case .path, .abstract, .unnamed, .other: return nil
        }
    }

    private func nonZero(_ port: UInt16?) -> UInt16? { port == 0 ? nil : port }
}
