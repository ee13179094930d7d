// One Node worker and its channel: what it says, and what it is told.
// Invariant: each query is answered once; a worker that breaks the protocol is heard no more.

import LinuxKernel
import PoolConfiguration
import PoolCore
import PoolWire

/// The master's half of Node's `cluster` for one worker.
final class NodeSession {
    let channel: WorkerChannel
    /// Whether the worker's end is open, and what it writes makes sense.
    private(set) var isOpen = true
    /// Whether its first message was not the one that Node 18 and 20 begin with.
    private(set) var isStrange = false
    private var hasGreeted = false
    private var framer = NodeFramer()
    private var sequence = 0
    private let listeners: NodeListeners
    /// The sockets that it has, by key.
    private var shared: [String: PoolSocket] = [:]
    private let backlog: Int32
    private let awaitsReadyMessage: Bool
    private let sendsShutdownMessage: Bool

    init(
        _ end: SharedDescriptor, _ listeners: NodeListeners, _ settings: PoolSettings
    ) {
        channel = WorkerChannel(end)
        self.listeners = listeners
        backlog = settings.backlog ?? ListeningSocket.backlog
        awaitsReadyMessage = settings.awaitsReadyMessage
        sendsShutdownMessage = settings.sendsShutdownMessage
    }

    /// Takes what the worker has written, within one turn's measure.
    ///
    /// - Returns: What the core is to be told.
    func receive() -> [Notice] {
        guard isOpen else { return [] }
        return withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            switch try? channel.end.descriptor.receive(into: buffer) {
            case .bytes(let count):
                return take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            case .wouldBlock: return []
            case .closed, nil:
                isOpen = false
                return []
            }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> [Notice] {
        do throws(NodeChannelBroken) {
            var notices: [Notice] = []
            for line in try framer.receive(bytes) {
                if let notice = hear(try NodeMessage(line: line)) { notices.append(notice) }
            }
            return notices
        } catch {
            isOpen = false
            return [.broken(error.description)]
        }
    }

    private func hear(_ message: NodeMessage) -> Notice? {
        if !hasGreeted {
            hasGreeted = true
            isStrange = message != .online
        }
        switch message {
        case .online, .closed, .other: return nil
        case .query(let query, let number): return answer(query, number)
        case .listening:
            restoreBacklogs()
            return awaitsReadyMessage ? nil : .ready
        case .leaving(let number):
            return say(NodeOrder.acknowledge(next(), answering: number)) ?? .stopping
        case .handle: return say(NodeOrder.handleRefused)
        case .program(let line): return NodeWord(line).map(Notice.init)
        }
    }

    private func answer(_ query: NodeListenQuery, _ number: Int) -> Notice? {
        guard let share = listeners.share(query) else {
            let line = NodeOrder.refuse(
                next(), answering: number, data: query.data, because: .addressInUse)
            return say(line)
        }
        shared[share.key] = share.socket
        let line = NodeOrder.share(
            next(), answering: number, key: share.key, data: share.data,
            isDatagram: share.socket.facts.kind == .datagram, isElsewhere: share.isElsewhere)
        return say(line, with: share.socket.shared)
    }

    /// Node calls listen(2) on the socket that it shares with all others, with a backlog of 511.
    private func restoreBacklogs() {
        for socket in shared.values where socket.facts.isListening {
            try? ListeningSocket.setBacklog(backlog, of: socket.shared.descriptor)
        }
    }

    /// Asks the worker to leave.
    ///
    /// - Returns: Whether it can be asked.
    func disconnect() -> Bool {
        guard isOpen else { return false }
        let line =
            sendsShutdownMessage ? NodeOrder.message("shutdown") : NodeOrder.disconnect(next())
        return say(line) == nil && isOpen
    }

    /// Sends what waits.
    func flush() {
        if !channel.flush() { isOpen = false }
    }

    /// - Returns: Only if it can't be said: the worker does not read.
    private func say(_ line: [UInt8], with attached: SharedDescriptor? = nil) -> Notice? {
        guard isOpen else { return nil }
        guard channel.queue(line, with: attached) else {
            isOpen = false
            return .broken("does not read its channel")
        }
        flush()
        return nil
    }

    private func next() -> Int {
        defer { sequence += 1 }
        return sequence
    }
}

extension Notice {
    fileprivate init(_ word: NodeWord) {
        switch word {
        case .ready: self = .ready
        case .heartbeat: self = .heartbeat
        case .status(let text): self = .status(text)
        }
    }
}
