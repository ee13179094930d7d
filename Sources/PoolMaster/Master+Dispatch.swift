// From a readable descriptor to an event of the core.

import LinuxKernel
import PoolCore
import PoolWire
import Systemd

extension Master {
    /// How many datagrams of one worker are taken in one turn; the rest wait, as the loop comes
    /// back to them after everybody else.
    private static let noticesPerTurn = 16
    /// What systemd itself takes of one datagram; a longer one is not a notification.
    private static let longestNotice = 4_096

    func dispatch(_ event: EpollEvent) {
        switch Token(rawValue: event.token) {
        case .signals: takeSignals()
        case .controlListener: acceptClients()
        case .process(let number): takeExit(number)
        case .verdict(let number): takeVerdict(number)
        case .notice(let number): takeNotices(number, limit: Self.noticesPerTurn)
        case .relay(let number): passOutput(number)
        case .leftover(let number): removeLeftover(number)
        case .client(let number): serveClient(number)
        case .channel(let number): serveChannel(number)
        case .channels: serveChannels()
        case .connections(let index): dispatchers[Int(index)].map(passConnections)
        case .console: resumeOutput()
        case .port: takeCommands()
        case .changes: takeChanges()
        case .check: break
        case nil: break
        }
    }

    // MARK: Workers

    private func takeVerdict(_ number: UInt64) {
        guard let worker = workers[number], worker.isVerdictOpen else { return }
        let verdict = (try? worker.process.readVerdict()) ?? .executed
        switch verdict {
        case .pending: return
        case .executed: break
        case .failed(let step, let error):
            worker.failure = LaunchFailure(step, error, executable: worker.executable)
        }
        worker.isVerdictOpen = false
        if let verdict = worker.process.verdictDescriptor { unwatch(verdict.descriptor) }
        worker.process.closeVerdict()
        // A child that failed ends by itself; its exit is what reports the failure.
        if worker.failure == nil { tell(.launched(worker.id)) }
    }

    private func takeExit(_ number: UInt64) {
        guard let worker = workers[number] else { return }
        takeVerdict(number)
        // What it said before it ended was said before it ended.
        takeNotices(number, limit: 64, isLast: true)
        serveChannel(number)
        guard let status = worker.reap() else { return }
        if let failure = worker.failure {
            tell(.launchFailed(worker.id, failure))
        } else {
            tell(.exited(worker.id, status))
        }
    }

    /// - Parameter isLast: Whether the worker has ended, and all that it has said is to be heard now.
    private func takeNotices(_ number: UInt64, limit: Int, isLast: Bool = false) {
        if isLast { dropHeard { $0.id.incarnation == number } }
        withUnsafeTemporaryAllocation(byteCount: Self.longestNotice, alignment: 1) { buffer in
            for _ in 0..<limit {
                // The worker may be gone after any of them.
                guard let worker = workers[number],
                    let length = try? DatagramSocket.peek(
                        at: worker.notifySocket.descriptor, into: buffer)
                else { return }
                let notices =
                    length > buffer.count
                    ? [] : Self.notices(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
                hear(notices, of: worker)
                if !isLast, notices.contains(where: \.isSaidOnce) { return heard.append(worker) }
                try? DatagramSocket.drop(from: worker.notifySocket.descriptor)
            }
        }
    }

    private static func notices(_ bytes: UnsafeRawBufferPointer) -> [Notice] {
        NotifyMessage.parse(bytes).compactMap(Notice.init)
    }

    private func hear(_ notices: [Notice], of worker: WorkerHandle) {
        for notice in notices {
            if notice == .ready { restoreBacklogs(of: worker) }
            tell(.noticed(worker.id, notice))
        }
    }

    /// What has been heard is written down for all at once, and dropped then: who is killed before
    /// leaves it to the next master.
    func keepHeard() {
        guard !heard.isEmpty else { return }
        if let keeper, keeper.isStale {
            if keeper.isResting { return holdHeard() }
            keeper.write(state())
        }
        dropHeard { _ in true }
    }

    /// Their sockets tell of nothing until that is written.
    private func holdHeard() {
        for worker in heard where !worker.isHeld {
            worker.isHeld = true
            watchNotices(of: worker, [])
        }
    }

    private func dropHeard(_ isMeant: (WorkerHandle) -> Bool) {
        heard.removeAll { worker in
            guard isMeant(worker) else { return false }
            try? DatagramSocket.drop(from: worker.notifySocket.descriptor)
            if worker.isHeld {
                worker.isHeld = false
                watchNotices(of: worker, .readable)
            }
            return true
        }
    }

    private func watchNotices(of worker: WorkerHandle, _ events: EpollEvents) {
        let token = Token.notice(worker.id.incarnation).rawValue
        try? epoll.modify(worker.notifySocket.descriptor, events, token: token)
    }

    func removeLeftover(_ number: UInt64) {
        guard let leftover = leftovers[number], leftover.remove() else { return }
        unwatch(leftover.events)
        leftovers[number] = nil
    }
}

extension LaunchFailure {
    /// A step that the configuration decides is the program's fault; any other is the kernel's.
    init(_ step: LaunchStep, _ error: SystemError, executable: String) {
        switch step {
        case .execution:
            let named = SystemError(code: error.code, operation: "execute \(executable)")
            self = .notExecuted(named.description)
        case .workingDirectory: self = .notExecuted(error.description)
        case .parentDeathSignal, .processGroup, .controlGroup, .descriptors:
            self = .refused(error.description)
        }
    }
}

extension Notice {
    /// Whether it must not get lost between two masters.
    fileprivate var isSaidOnce: Bool { self == .ready || self == .stopping }

    /// `nil` for what means nothing to a pool.
    init?(_ message: NotifyMessage) {
        switch message {
        case .ready: self = .ready
        case .stopping: self = .stopping
        case .watchdog: self = .heartbeat
        case .watchdogTrigger: self = .trouble
        case .watchdogInterval(let microseconds):
            self = .watchdogInterval(.microseconds(Int64(clamping: microseconds)))
        case .extendTimeout(let microseconds):
            self = .extendTimeout(.microseconds(Int64(clamping: microseconds)))
        case .status(let text): self = .status(text)
        case .reloading, .errorNumber, .mainProcess, .other: return nil
        }
    }
}
