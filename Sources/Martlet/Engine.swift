// The thread that waits for the master and for clients, so that the program need not.
// Invariant: it is the only one that reads the channel and accepts; it holds no lock while it waits.

import LinuxKernel
import PoolWire

/// Runs until the process ends. Without a channel and without listening sockets there is none.
final class Engine: @unchecked Sendable {
    private let desk: ConnectionDesk
    private let mail: Mail
    private let tally: RequestTally
    /// The master is told of requests no earlier than this.
    private var tallyDue: Int64 = 0
    private static let tallyRest: Int64 = 1_000_000_000
    private let channel: Channel?
    private let bell: Wakeup
    private let listeners: [SharedDescriptor]
    private let epoll: Epoll
    /// What is watched: of the channel, and which listeners.
    private var channelEvents: EpollEvents = []
    private var watched: Set<Int> = []
    /// No descriptor was left for a connection: none is accepted before this.
    private var restsUntil: Int64?

    private enum Token {
        static let bell: UInt64 = 0
        static let channel: UInt64 = 1
        static let firstListener: UInt64 = 2
    }

    static func start(
        _ desk: ConnectionDesk, _ mail: Mail, _ tally: RequestTally, _ inheritance: Inheritance
    ) -> Engine? {
        let accepting = inheritance.sockets.filter(\.listener.isListening)
        guard inheritance.channel != nil || !accepting.isEmpty,
            let bell = desk.reception.bell,
            let engine = try? Engine(desk, mail, tally, bell, accepting.map(\.descriptor))
        else { return nil }
        BackgroundThread.start { engine.run() }
        return engine
    }

    private init(
        _ desk: ConnectionDesk, _ mail: Mail, _ tally: RequestTally, _ bell: Wakeup,
        _ listeners: [SharedDescriptor]
    ) throws(SystemError) {
        self.desk = desk
        self.mail = mail
        self.tally = tally
        self.bell = bell
        self.listeners = listeners
        channel = desk.reception.channel
        epoll = try Epoll()
        try epoll.add(bell.descriptor, .readable, token: Token.bell)
        if let channel {
            try epoll.add(channel.end.descriptor, .readable, token: Token.channel)
            channelEvents = .readable
            channel.say(.hello(version: WorkerFrame.version))
        }
    }

    private func run() {
        var happened: [EpollEvent] = []
        while true {
            tellOfRequests()
            watchWhatMatters()
            happened.removeAll(keepingCapacity: true)
            // Only EINTR and its like can go wrong here; the wait is made again.
            let end = [restsUntil, tallyEnd].compactMap { $0 }.min()
            let rest = end.map { max(0, $0 - MonotonicClock.now()) }
            _ = try? epoll.wait(nanoseconds: rest) { happened.append($0) }
            for event in happened { heed(event.token) }
        }
    }

    private func heed(_ token: UInt64) {
        switch token {
        case Token.bell: bell.answer()
        case Token.channel:
            channel?.flush()
            readChannel()
        default: accept(Int(token - Token.firstListener))
        }
    }

    /// When there is something to tell of requests.
    private var tallyEnd: Int64? {
        guard let channel, channel.isOpen, tally.isNews else { return nil }
        return tallyDue
    }

    private func tellOfRequests() {
        guard let channel, let end = tallyEnd, end <= MonotonicClock.now() else { return }
        let (finished, underWay) = tally.take()
        channel.say(.load(finished: finished, underWay: underWay))
        tallyDue = MonotonicClock.now() + Self.tallyRest
    }

    /// A listener is watched while somebody waits for its connections: whoever else shares the
    /// socket gets those that come meanwhile.
    private func watchWhatMatters() {
        watchChannel()
        if let end = restsUntil, end <= MonotonicClock.now() { restsUntil = nil }
        for index in listeners.indices {
            let inbox = desk.inboxOfSocket[desk.reception.dispatched + index]
            let isWanted = restsUntil == nil && inbox.isWanted
            guard isWanted != watched.contains(index) else { continue }
            if isWanted {
                let token = Token.firstListener + UInt64(index)
                try? epoll.add(listeners[index].descriptor, .readable, token: token)
                watched.insert(index)
            } else {
                try? epoll.remove(listeners[index].descriptor)
                watched.remove(index)
            }
        }
    }

    private func watchChannel() {
        guard let channel else { return }
        let wanted: EpollEvents =
            !channel.isOpen ? [] : channel.hasWaiting ? [.readable, .writable] : .readable
        guard wanted != channelEvents else { return }
        channelEvents = wanted
        if wanted.isEmpty {
            try? epoll.remove(channel.end.descriptor)
        } else {
            try? epoll.modify(channel.end.descriptor, wanted, token: Token.channel)
        }
    }

    // MARK: The master

    private func readChannel() {
        guard let channel else { return }
        withUnsafeTemporaryAllocation(byteCount: MasterFrame.longest, alignment: 8) { buffer in
            while channel.isOpen {
                let receipt = try? channel.end.descriptor.receive(
                    into: buffer, descriptors: MasterFrame.mostConnections)
                switch receipt?.transfer {
                case .wouldBlock: return
                case .closed, nil:
                    desk.drain(because: .lostMaster)
                    mail.end()
                case .bytes(let count):
                    let packet = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                    heed(packet, receipt?.descriptors ?? [])
                }
            }
        }
    }

    /// What this library does not know of is for a newer one.
    private func heed(_ packet: UnsafeRawBufferPointer, _ descriptors: [PassedDescriptor]) {
        switch try? MasterFrame(packet) {
        case .connections(let listener, let first):
            desk.receive(descriptors, listener: Int(listener), first: first)
        case .leave: desk.drain(because: .order)
        case .message(let body, let sender):
            mail.messages.tell(Message(sender: Sender(sender), body: body))
        case .roll(let body):
            guard let roll = WorkerRoll(json: body) else { return }
            mail.members.tell(roll.workers.map(Member.init))
        case .resume:
            desk.resume()
            tally.tellAgain()
        case nil: break
        }
    }

    // MARK: Clients

    /// As many as are waited for. Another worker may have been faster.
    private func accept(_ index: Int) {
        let socket = desk.reception.dispatched + index
        do throws(SystemError) {
            while desk.inboxOfSocket[socket].isWanted {
                guard let accepted = try ListeningSocket.accept(from: listeners[index].descriptor)
                else { return }
                desk.accept(accepted, at: socket)
            }
        } catch {
            // It stays in the kernel's queue meanwhile.
            restsUntil = MonotonicClock.now() + 100_000_000
        }
    }
}
