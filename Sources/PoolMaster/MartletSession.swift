// One worker of Protocol=martlet and its channel.
// Invariant: `given` has a place for each number from `oldest` on, empty where it was refused; a worker
// that answers for others is heard no more, and what it still says to the master before counts for
// nothing.

import LinuxKernel
import PoolCore
import PoolWire

/// The master's half of the channel for one worker.
final class MartletSession: WorkerSession {
    let channel: WorkerChannel
    private(set) var isOpen = true
    private var hasGreeted = false {
        didSet { isStateNew = isStateNew || hasGreeted != oldValue }
    }
    var isStateNew = false
    /// Whether a master before has spoken with the worker.
    private let isResumed: Bool
    /// Whether the worker is asked for its account and has not begun to give it: until then it
    /// answers the master before.
    private var awaitsAccount: Bool
    /// The indices of the sockets that are dispatched, in the order in which the worker knows them.
    private let dispatched: [Int]
    private var opened: Set<Int> = []
    /// Given and not answered for: a connection of the socket of an index.
    private var given: [(index: Int, connection: Dispatcher.Connection)?] = []
    /// The number of the first of them.
    private var oldest: UInt32 = 0
    private var next: UInt32 { oldest &+ UInt32(given.count) }
    /// Given, and not in the channel yet: all of one socket, the last of them with the number
    /// before `next`.
    private var batch: (index: Int, connections: [SharedDescriptor]) = (0, [])

    /// How many packets are taken in one turn.
    private static let packetsPerTurn = 64

    init(_ end: SharedDescriptor, dispatched: [Int]) {
        channel = WorkerChannel(end)
        self.dispatched = dispatched
        isResumed = false
        awaitsAccount = false
    }

    /// Goes on with a worker that another master has left. A program that does not use the library
    /// never reads the question, and one that has not yet said hello answers it after that.
    init(resuming state: SessionState, _ end: SharedDescriptor, dispatched: [Int]) {
        channel = WorkerChannel(end)
        self.dispatched = dispatched
        isResumed = true
        awaitsAccount = true
        hasGreeted = state.hasGreeted
        if channel.queue(MasterFrame.resume.bytes) { flush() }
    }

    var state: SessionState { SessionState(hasGreeted: hasGreeted) }
    var canBeAsked: Bool { true }

    func receive() -> [WorkerNews] {
        var news: [WorkerNews] = []
        // One more than a frame may have, so that one that is longer is seen.
        let room = MasterFrame.longest + 1
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 8) { buffer in
            for _ in 0..<Self.packetsPerTurn {
                guard isOpen else { return }
                let (transfer, attached) = receive(into: buffer)
                switch transfer {
                case .bytes(let count):
                    let packet = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                    take(packet, attached, &news)
                case .wouldBlock: return
                case .closed, nil: isOpen = false
                }
            }
        }
        return news
    }

    /// The next master asks for an account.
    func forgetReceived() {}

    /// Connections come back with what answers the master before; of our own we have another copy.
    private func receive(
        into buffer: UnsafeMutableRawBufferPointer
    ) -> (Transfer?, PassedDescriptor?) {
        guard awaitsAccount else { return (try? channel.end.descriptor.receive(into: buffer), nil) }
        let receipt = try? channel.end.descriptor.receive(into: buffer, descriptors: 1)
        return (receipt?.transfer, receipt?.descriptors.first)
    }

    private func take(
        _ packet: UnsafeRawBufferPointer, _ attached: PassedDescriptor?,
        _ news: inout [WorkerNews]
    ) {
        do throws(ChannelBroken) {
            let frame = try WorkerFrame(packet)
            if awaitsAccount, case .refused(let listener, _) = frame {
                if let index = index(of: listener), let connection = attached?.take() {
                    news.append(.returned(index, SharedDescriptor(connection)))
                }
                return
            }
            if let fault = hear(frame, &news) { breakOff(fault, &news) }
        } catch {
            breakOff(error.description, &news)
        }
    }

    private func breakOff(_ fault: String, _ news: inout [WorkerNews]) {
        isOpen = false
        news.append(.notice(.broken(fault)))
    }

    /// - Returns: What the worker may not say, if it has said that.
    private func hear(_ frame: WorkerFrame, _ news: inout [WorkerNews]) -> String? {
        switch frame {
        case .hello(let version): return greet(version)
        case .resumed(let version): return resume(version)
        default: break
        }
        if awaitsAccount && frame.isOfConnections { return nil }
        guard hasGreeted || awaitsAccount else {
            return "did not say first which version of the channel it speaks"
        }
        switch frame {
        case .hello, .resumed: break
        case .holds(let listener, let count):
            guard isResumed else { return "gives an account that nobody has asked for" }
            guard let index = index(of: listener) else { return Self.unknown(listener) }
            news.append(.holds(index, count: Int(count)))
        case .opened(let listener):
            guard let index = index(of: listener) else { return Self.unknown(listener) }
            opened.insert(index)
            news.append(.opened(index))
        case .closed(let listener):
            guard let index = index(of: listener) else { return Self.unknown(listener) }
            opened.remove(index)
            news.append(.closed(index))
        case .taken(let number): return settle(through: number, &news)
        case .refused(_, let number):
            guard number &- oldest < UInt32(given.count),
                let (index, connection) = given[Int(number &- oldest)]
            else { return "answered for connection \(number), which it was not given" }
            given[Int(number &- oldest)] = nil
            news.append(.refused(index, connection))
        case .ended(let listener, let count):
            guard let index = index(of: listener) else { return Self.unknown(listener) }
            news.append(.ended(index, count: Int(count)))
        case .leaving: news.append(.notice(.stopping))
        case .message(let message): news.append(.message(message, isChecked: false))
        case .load(let finished, let underWay):
            news.append(.load(finished: finished, underWay: underWay))
        }
        return nil
    }

    private func greet(_ version: UInt32) -> String? {
        guard version == WorkerFrame.version else {
            return "speaks version \(version) of the channel, and this martlet "
                + "\(WorkerFrame.version); build it with this martlet's library"
        }
        hasGreeted = true
        return nil
    }

    /// The account begins. It may come more than once: the master before has asked for one, too.
    private func resume(_ version: UInt32) -> String? {
        guard isResumed else { return "gives an account that nobody has asked for" }
        awaitsAccount = false
        return greet(version)
    }

    private func index(of listener: UInt16) -> Int? {
        dispatched.indices.contains(Int(listener)) ? dispatched[Int(listener)] : nil
    }

    private static func unknown(_ listener: UInt16) -> String {
        "speaks of listener \(listener), which it does not have"
    }

    // MARK: Connections

    func give(_ connection: Dispatcher.Connection, from index: Int) -> Bool {
        guard isOpen, opened.contains(index) else { return false }
        if batch.index != index || batch.connections.count == MasterFrame.mostConnections {
            guard queueBatch() else { return false }
        }
        given.append((index, connection))
        batch.index = index
        batch.connections.append(connection.descriptor)
        return true
    }

    /// - Returns: Whether there was room for it.
    private func queueBatch() -> Bool {
        guard !batch.connections.isEmpty else { return true }
        guard let listener = dispatched.firstIndex(of: batch.index) else { return false }
        let first = next &- UInt32(batch.connections.count)
        let frame = MasterFrame.connections(listener: UInt16(listener), first: first)
        defer { batch.connections = [] }
        return channel.queue(frame.bytes, with: batch.connections)
    }

    private func settle(through last: UInt32, _ news: inout [WorkerNews]) -> String? {
        let count = Int(last &- oldest) + 1
        guard count <= given.count else {
            return "answered for connection \(last), which it was not given"
        }
        // Those of one socket come in a row, as a rule.
        var run = (index: 0, count: 0)
        for case (let index, _)? in given.prefix(count) {
            if index != run.index {
                if run.count > 0 { news.append(.took(run.index, count: run.count)) }
                run = (index, 0)
            }
            run.count += 1
        }
        if run.count > 0 { news.append(.took(run.index, count: run.count)) }
        given.removeFirst(count)
        oldest = last &+ 1
        return nil
    }

    /// Where a program ends a connection by close(2), its client sees the end when the copy here is
    /// closed, too.
    var answersMayWait: Bool { false }
    var unanswered: Int { given.count }

    func takeBack() -> [(index: Int, connection: Dispatcher.Connection)] {
        defer {
            oldest = next
            given = []
        }
        return given.compactMap { $0 }
    }

    // MARK: Orders

    func deliver(_ message: PoolMessage, from sender: MessageSender, isChecked: Bool) -> Bool {
        say(.message(body: message.body, sender: sender))
    }

    func tell(_ roll: WorkerRoll) -> Bool { say(.roll(roll.json)) }

    private func say(_ frame: MasterFrame) -> Bool {
        guard isOpen, hasGreeted, channel.queue(frame.bytes) else { return false }
        flush()
        return true
    }

    /// A program that does not use the library is asked by signals alone.
    func disconnect() -> Bool {
        guard isOpen, hasGreeted, queueBatch(), channel.queue(MasterFrame.leave.bytes) else {
            return false
        }
        flush()
        return isOpen
    }

    func flush() {
        guard isOpen else { return }
        if !queueBatch() || !channel.flush() { isOpen = false }
    }
}

extension WorkerFrame {
    /// Whether it is about connections, which each master counts for itself.
    fileprivate var isOfConnections: Bool {
        switch self {
        case .opened, .closed, .taken, .refused, .ended, .holds: true
        case .hello, .resumed, .leaving, .message, .load: false
        }
    }
}
