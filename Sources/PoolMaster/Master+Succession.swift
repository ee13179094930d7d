// Leaving the pool to another master: to a new binary in this very process, or to the one that systemd
// starts next.
// Invariant: nothing is given up before it is known that somebody can go on.

import LinuxKernel
import PoolCore
import PoolWire
import Systemd

extension Master {
    /// SIGUSR2, or somebody who waits to hear why not.
    func reexecute(for session: ControlSession?) {
        session?.request = session?.number
        session?.isSteering = true
        guard departure == nil else { return refuse(session?.number, "it is under way already") }
        guard let keeper, keeper.write(state()) else { return refuse(session?.number, noState) }
        do throws(SystemError) {
            let check = try StateCheck(
                asking: OwnProcess.executable, about: keeper.memory.file, at: Self.now,
                for: session?.number)
            try watch(check.process.pidfd.descriptor, .readable, .check)
            departure = .checking(check)
        } catch {
            refuse(session?.number, error.description)
        }
    }

    private var noState: String { "this master could not write down its state" }

    private func refuse(_ request: RequestID?, _ why: String) {
        chronicle.tell(.warning, nil, "the master goes on as it is: \(why)")
        if let request { answer([request], .refused(why)) }
    }

    /// The next stop within a while leaves the workers to the next master.
    func leave(for session: ControlSession) {
        guard keeper != nil, manager != nil else {
            return advance(session, .refused(.notPossible(reason: noStore)))
        }
        leaves = Self.now + .seconds(15)
        advance(session, .accepted)
    }

    var masterReport: MasterReport {
        MasterReport(
            pid: OwnProcess.pid, number: number, version: Product.version,
            secondsRunning: Double(MonotonicClock.now() - began) / 1e9)
    }

    private var noStore: String { "there is no service manager to keep the workers with" }

    /// Whether a stop is a restart.
    func departAtStop() -> Bool {
        guard let leaves, Self.now <= leaves, departure == nil else { return false }
        beginEmptying(.restart, for: nil)
        return true
    }

    // MARK: Steps

    /// Whether nothing more is accepted from sockets.
    var isEmptying: Bool {
        if case .emptying = departure { return true }
        return false
    }

    var departureDeadline: Instant? {
        switch departure {
        case .checking(let check): check.until
        case .emptying(_, let until, _): until
        case nil: nil
        }
    }

    /// - Returns: Whether this master is done.
    func advanceDeparture() throws(SystemError) -> Bool {
        switch departure {
        case nil: return false
        case .checking(let check):
            guard let answer = check.answer(at: Self.now) else { return false }
            unwatch(check.process.pidfd.descriptor)
            departure = nil
            switch answer {
            case .yes: beginEmptying(.execution, for: check.request)
            case .no(let why):
                refuse(check.request, "\(OwnProcess.executable) can't go on: \(why)")
            }
            return try advanceDeparture()
        case .emptying(let kind, let until, let request):
            let isEmpty = workers.values.allSatisfy(\.hasHeardAll)
            guard isEmpty || until <= Self.now else { return false }
            return go(kind, request)
        }
    }

    private func beginEmptying(_ kind: Departure.Kind, for request: RequestID?) {
        departure = .emptying(kind, until: Self.now + Departure.patience, for: request)
        for dispatcher in dispatchers.values { rest(dispatcher) }
        for number in workers.keys { serveChannel(number) }
    }

    private func go(_ kind: Departure.Kind, _ request: RequestID?) -> Bool {
        guard let keeper, keeper.write(state(with: annals)) else {
            departure = nil
            refuse(request, noState)
            resumeDispatch()
            return false
        }
        keeper.memory.departure = kind.rawValue
        keeper.isAlive(at: MonotonicClock.now())
        if let request { answer([request], .done) }
        passLastWords()
        switch kind {
        case .restart: return leaveToManager()
        case .execution: return executeAnew(request)
        }
    }

    private func leaveToManager() -> Bool {
        for (index, dispatcher) in dispatchers {
            for connection in dispatcher.waitingDescriptors {
                store(.connection(index), [connection])
            }
        }
        _ = try? manager?.barrier(within: .seconds(5))
        return true
    }

    private func executeAnew(_ request: RequestID?) -> Bool {
        let error = OwnProcess.become(
            OwnProcess.executable, CommandLine.arguments, keeping: keptDescriptors)
        keeper?.memory.departure = 0
        departure = nil
        refuse(nil, error.description)
        resumeDispatch()
        return false
    }

    private var keptDescriptors: [Handover.Item] {
        let sockets = arrangement.sockets.map { ($0.name, $0.shared) }
        var kept: [(KeptName, SharedDescriptor)] = []
        if let keeper { kept.append((.state, keeper.memory.file)) }
        if let file = launcher.counters.file { kept.append((.counters, file)) }
        kept.append((.control, control.listener))
        for handle in workers.values {
            kept += handle.descriptors.map { (.worker(handle.id), $0) }
            if let relay = relays[handle.id.incarnation] {
                kept.append((.relay(handle.id), relay.reader))
            }
        }
        for (index, dispatcher) in dispatchers {
            kept += dispatcher.waitingDescriptors.map { (.connection(index), $0) }
        }
        return sockets + kept.map { ($0.0.description, $0.1) }
    }
}

extension WorkerHandle {
    /// Whether nothing that was said to it waits to be sent.
    fileprivate var hasHeardAll: Bool {
        guard let session, session.isOpen else { return true }
        return !session.channel.hasOutput
    }
}
