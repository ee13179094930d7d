// One worker of Protocol=martlet and its channel.
// Invariant: `given` has a place for each number from `oldest` on, empty where it was refused; a worker
// that answers for others is heard no more.

import LinuxKernel
import PoolCore
import PoolWire

/// The master's half of the channel for one worker.
final class MartletSession: WorkerSession {
    let channel: WorkerChannel
    private(set) var isOpen = true
    private var hasGreeted = false
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
    }

    func receive() -> [WorkerNews] {
        var news: [WorkerNews] = []
        // One more than a frame may have, so that one that is longer is seen.
        let room = MasterFrame.longest + 1
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 8) { buffer in
            for _ in 0..<Self.packetsPerTurn {
                guard isOpen else { return }
                switch try? channel.end.descriptor.receive(into: buffer) {
                case .bytes(let count):
                    take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), &news)
                case .wouldBlock: return
                case .closed, nil: isOpen = false
                }
            }
        }
        return news
    }

    private func take(_ packet: UnsafeRawBufferPointer, _ news: inout [WorkerNews]) {
        do throws(ChannelBroken) {
            let frame = try WorkerFrame(packet)
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
        if case .hello(let version) = frame { return greet(version) }
        guard hasGreeted else { return "did not say first which version of the channel it speaks" }
        switch frame {
        case .hello: break
        case .opened(let listener):
            guard let index = index(of: listener) else { return Self.unknown(listener) }
            opened.insert(index)
            news.append(.opened(index))
        case .closed(let listener):
            guard let index = index(of: listener) else { return Self.unknown(listener) }
            opened.remove(index)
            news.append(.closed(index))
        case .taken(let number): return settle(through: number, &news)
        case .refused(let number):
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
