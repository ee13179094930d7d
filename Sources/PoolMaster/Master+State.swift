// What the next master is to know, written down as it changes.

import LinuxKernel
import PoolCore
import PoolWire

extension Master {
    /// Before they are carried out: what follows from an event.
    ///
    /// - Returns: Whether they were written down, and each is to be noted when it is carried out.
    func keep(_ effects: [Effect], of event: Event) -> Bool {
        guard let keeper else { return false }
        if !event.isRoutine || effects.contains(where: { !$0.isRoutine }) { keeper.change() }
        guard effects.contains(where: \.reachesOut) else { return false }
        if keeper.isResting, effects.areFarewell { return false }
        return keeper.write(state(owing: effects))
    }

    /// At the end of a turn.
    func keepIfStale() {
        guard let keeper else { return }
        let now = MonotonicClock.now()
        if keeper.isStale, !keeper.isResting { keeper.write(state()) }
        keepHeard()
        keeper.isAlive(at: now)
    }

    /// When something that was heard is to be written down.
    var keepDeadline: Instant? {
        guard let keeper, keeper.isStale else { return nil }
        return keeper.rests.map { Instant(nanoseconds: $0) }
    }

    /// - Parameter annals: Only of a master that goes: they are much to write.
    func state(owing outbox: [Effect] = [], with annals: Annals? = nil) -> MasterState {
        MasterState(
            pool: arrangement.pool, number: number, company: company, outbox: outbox,
            generations: settings.keys.reduce(into: [:]) { kept, number in
                kept[number] = MasterState.Generation(
                    texts: texts[number], listeners: nodeListeners[number]?.state)
            },
            workers: workers.values.map(\.kept).sorted { $0.id < $1.id },
            sockets: arrangement.sockets.map(\.kept), annals: annals?.all)
    }

    // MARK: Descriptors

    /// Puts what is there by now where the next master finds it, and the rest as it comes.
    func beginToStore() {
        guard let keeper else { return }
        store(.state, [keeper.memory.file])
        launcher.counters.onMake = { [unowned self] in store(.counters, [$0]) }
    }

    /// What a worker has said of itself or of its servers, before it is told that it was heard.
    func keepNews(of worker: WorkerHandle, _ session: any WorkerSession) {
        let listeners = nodeListeners[worker.generation]
        guard session.isStateNew || listeners?.isStateNew == true else { return }
        session.isStateNew = false
        listeners?.isStateNew = false
        if session.canBeAsked {
            keeper?.change()
        } else {
            keeper?.write(state())
        }
    }

    func store(_ name: KeptName, _ descriptors: [SharedDescriptor]) {
        do throws(SystemError) {
            try manager?.store(name.description, descriptors)
        } catch {
            warnOfStore(error)
        }
    }

    func unstore(_ name: KeptName) {
        do throws(SystemError) {
            try manager?.unstore(name.description)
        } catch {
            warnOfStore(error)
        }
    }

    private func warnOfStore(_ error: SystemError) {
        chronicle.tell(
            .warning, nil, "\(error); if this master dies workers may be ended with it")
    }

    /// At the end of the pool: nothing is left to take over.
    func clearStore() {
        unstore(.state)
        if launcher.counters.file != nil { unstore(.counters) }
    }
}

extension Event {
    /// Whether what it changes is armed anew by the next master.
    fileprivate var isRoutine: Bool {
        switch self {
        case .noticed(_, .heartbeat), .noticed(_, .status), .noticed(_, .extendTimeout),
            .memoryMeasured, .deadline:
            true
        default: false
        }
    }
}

extension [Effect] {
    /// Whether nothing is done but to forget somebody who was on the way out. The next master sees by
    /// itself that nobody is left of it.
    fileprivate var areFarewell: Bool {
        guard allSatisfy({ $0.isForgetting || !$0.reachesOut }) else { return false }
        return contains { if case .record(.workerGone) = $0 { true } else { false } }
    }
}

extension Effect {
    fileprivate var isForgetting: Bool {
        if case .forget = self { true } else { false }
    }

    fileprivate var isRoutine: Bool {
        switch self {
        case .notify(.heartbeat), .notify(.status), .notify(.extendTimeout), .measureMemory: true
        default: false
        }
    }

    /// Whether it changes anything but what is told.
    fileprivate var reachesOut: Bool {
        switch self {
        case .record: false
        default: !isRoutine
        }
    }
}

extension WorkerHandle {
    fileprivate var kept: MasterState.Worker {
        MasterState.Worker(
            id: id, pid: process.pid, startTime: process.startTime, executable: executable,
            session: session?.state, requests: requests?.finished)
    }

    /// Those that the next master needs.
    var descriptors: [SharedDescriptor] {
        [process.pidfd, notifySocket] + (session.map { [$0.channel.end] } ?? [])
    }
}

extension PoolSocket {
    var kept: MasterState.Socket {
        MasterState.Socket(
            name: name, address: facts.address.description, hasFile: hasFile,
            isBlocking: !((try? shared.descriptor.isNonBlocking()) ?? true))
    }
}
