// The channels of workers in the loop.

import LinuxKernel
import PoolCore
import Systemd

/// What a look at all channels whose answers may wait has found.
struct Hearing {
    /// Whether somebody waits for what comes next.
    var isUrgent = false
    /// The connections that the busiest of those who were heard has not answered for.
    private(set) var fewestLeft: Int?

    mutating func heard(_ session: any WorkerSession) {
        fewestLeft = min(fewestLeft ?? .max, session.unanswered)
    }
}

extension Master {
    /// Takes what workers have written whose answers may wait.
    func serveChannels() {
        var numbers: [UInt64] = []
        _ = try? channels.wait(nanoseconds: 0) { event in
            if case .channel(let number) = Token(rawValue: event.token) { numbers.append(number) }
        }
        hearing = Hearing()
        for number in numbers { serveChannel(number) }
        if let fewest = hearing.fewestLeft, !hearing.isUrgent,
            dispatchers.values.contains(where: \.roster.hasInFlight)
        {
            restChannels(fewest)
        } else {
            wakeChannels()
        }
    }

    /// They are read after a while, and nothing tells of them before.
    private func restChannels(_ fewestLeft: Int) {
        if channelsRestUntil == nil {
            try? epoll.setWatching(false, channels, token: Token.channels.rawValue)
        }
        let isWaitedFor = dispatchers.values.contains { !$0.isWatched || $0.hasWaiting }
        if isWaitedFor { answerRest.adapt(fewest: fewestLeft, of: Roster.mostInFlight) }
        channelsRestUntil = Self.now + answerRest.duration(isWaitedFor: isWaitedFor)
    }

    /// They are read in the next turn: there may be answers that make room.
    func hurryChannels() {
        if channelsRestUntil != nil { channelsRestUntil = Self.now }
    }

    /// They are read as soon as there is anything.
    func wakeChannels() {
        guard channelsRestUntil != nil else { return }
        channelsRestUntil = nil
        try? epoll.setWatching(true, channels, token: Token.channels.rawValue)
    }

    /// Takes what a worker has written on its channel, and sends what it can take.
    func serveChannel(_ number: UInt64) {
        guard let worker = workers[number], let session = worker.session else { return }
        session.flush()
        for news in session.receive() { take(news, of: worker) }
        keepNews(of: worker, session)
        hearing.heard(session)
        session.flush()
        session.forgetReceived()
        if session.isOpen {
            resumeDispatch()
        } else {
            tellPortOfDisconnect(worker)
            leaveRosters(worker.id, isGone: true)
        }
        watchChannel(of: worker)
    }

    private func take(_ news: WorkerNews, of worker: WorkerHandle) {
        switch news {
        case .notice(let notice):
            // It may be gone by what it has said before.
            guard workers[worker.id.incarnation] != nil else { return }
            if notice == .ready { restoreBacklogs(of: worker) }
            tell(.noticed(worker.id, notice))
        case .listens: restoreBacklogs(of: worker)
        case .opened(let index):
            join(worker, index)
            tellPortOfListening(worker, index)
        case .closed(let index): dispatchers[index]?.roster.leave(worker.id)
        case .took(let index, let count):
            dispatchers[index]?.roster.accepted(count, by: worker.id)
        case .refused(let index, let connection): takeBack(connection, index, refusedBy: worker.id)
        case .returned(let index, let connection): takeIn(connection, index)
        case .ended(let index, let count): dispatchers[index]?.roster.ended(count, of: worker.id)
        case .holds(let index, let count):
            dispatchers[index]?.roster.holds(count, worker.id)
        case .message(let message, let isChecked):
            hearing.isUrgent = true
            pass(message, of: worker, isChecked: isChecked)
        case .undeliverable(let why):
            warnOfDropped(worker, "sends a message that reaches nobody: \(why)")
        case .load(let finished, let underWay): worker.count(finished, underWay: underWay)
        case .strangeHandshake: warnOfHandshake(worker)
        }
    }

    /// Asks a worker through its channel to leave.
    func disconnect(_ id: WorkerID) {
        leaveRosters(id, isGone: false)
        guard let worker = workers[id.incarnation], let session = worker.session,
            session.disconnect()
        else { return tell(.unreachable(id)) }
        watchChannel(of: worker)
    }

    private func warnOfHandshake(_ worker: WorkerHandle) {
        chronicle.tell(
            .warning, .strangeHandshake,
            "\(worker.title) does not begin as programs on Node 18 and 20 do; if it never "
                + "gets ready, look at docs/node.md", worker.fields)
    }

    /// What the kernel is to tell of the channel from now on.
    func watchChannel(of worker: WorkerHandle) {
        // The worker may be gone by what it has said.
        guard let session = worker.session, workers[worker.id.incarnation] != nil else { return }
        let channel = session.channel
        let wanted: EpollEvents =
            !session.isOpen ? [] : channel.hasOutput ? [.readable, .writable] : .readable
        guard worker.channelEvents != wanted else { return }
        worker.channelEvents = wanted
        let token = Token.channel(worker.id.incarnation).rawValue
        if wanted.isEmpty {
            unwatchChannel(session)
        } else if session.answersMayWait {
            try? channels.modify(channel.end.descriptor, wanted, token: token)
        } else {
            try? epoll.modify(channel.end.descriptor, wanted, token: token)
        }
    }

    func watchChannel(_ session: any WorkerSession, _ token: Token) throws(SystemError) {
        let end = session.channel.end
        if session.answersMayWait {
            try channels.add(end.descriptor, .readable, token: token.rawValue)
        } else {
            try watch(end.descriptor, .readable, token)
        }
    }

    func unwatchChannel(_ session: any WorkerSession) {
        let end = session.channel.end
        if session.answersMayWait {
            try? channels.remove(end.descriptor)
        } else {
            unwatch(end.descriptor)
        }
    }
}
