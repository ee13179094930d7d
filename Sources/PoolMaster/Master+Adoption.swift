// Taking a pool over from the master before.
// Invariant: who is taken back was verified by its pidfd; who can't be is ended, never guessed at.

import LinuxKernel
import PoolConfiguration
import PoolCore
import Systemd

extension Master {
    /// Goes on where the master before has ended.
    func resume(_ succession: Succession) {
        let mark = Departure.Mark(attempts: succession.attempts + 1)
        succession.memory.departure = mark.rawValue
        annals = Annals(succession.state.annals ?? [])
        let adopted = adoptWorkers(succession)
        endStrangers(sparing: adopted)
        takeBackConnections(succession)
        holding {
            carryOutRest(of: succession)
            for event in endsInGap + statesAfterGap { tell(event) }
            let resumption = Resumption(
                cause: succession.cause, gap: succession.gap, workers: adopted.count)
            tell(.resumed(resumption, watchdogInterval: arrangement.watchdogInterval))
        }
        let hasItsSockets = arrangement.hasSockets(of: succession.state)
        if hasItsSockets { for worker in workers.values { rejoin(worker) } }
        // What they have said meanwhile, and what can't be gone on with.
        for number in workers.keys { serveChannel(number) }
        reloadIfChanged(succession, hasItsSockets)
        keepIfStale()
        succession.memory.departure = 0
    }

    // MARK: Workers

    /// - Returns: The incarnations of those that were taken back.
    private func adoptWorkers(_ succession: Succession) -> Set<UInt64> {
        let known = Dictionary(
            company.everybody.map { ($0.id, $0.generation) }, uniquingKeysWith: { $1 })
        let written = Dictionary(
            succession.state.workers.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        var adopted: Set<UInt64> = []
        for (id, descriptors) in succession.kept.workers {
            let ends = WorkerEnds(descriptors)
            guard let generation = known[id],
                let handle = handle(id, generation, ends, written[id], succession),
                (try? watch(handle, relay(of: id, succession))) != nil
            else {
                endStranger(id, ends)
                continue
            }
            workers[id.incarnation] = handle
            adopted.insert(id.incarnation)
        }
        return adopted
    }

    private func handle(
        _ id: WorkerID, _ generation: GenerationNumber, _ ends: WorkerEnds,
        _ written: MasterState.Worker?, _ succession: Succession
    ) -> WorkerHandle? {
        guard let settings = settings[generation],
            let order = LaunchOrder(id, generation, settings, nodeListeners[generation]),
            let pidfd = ends.pidfd, let notifySocket = ends.notifySocket,
            let process = ChildProcess.adopted(pidfd, written)
        else { return nil }
        let session = ends.channel.map {
            launcher.resumeSession($0, order, written?.session, after: succession.state.number)
        }
        return WorkerHandle(
            id: id, generation: generation, process: process,
            executable: written?.executable ?? "its program",
            notifySocket: notifySocket, notifyPath: launcher.notifyPath(id),
            controlGroup: launcher.openGroup(order), session: session,
            requests: written?.requests)
    }

    /// Foreground only: the pipe of its output.
    private func relay(of id: WorkerID, _ succession: Succession) -> OutputRelay? {
        succession.kept.first(.relay(id)).map {
            OutputRelay(
                $0, pool: arrangement.pool, post: id.post,
                isColoured: Colour.areWanted(on: .error))
        }
    }

    /// Of those that the core counts and that are not there.
    private var endsInGap: [Event] {
        company.everybody.filter { workers[$0.id.incarnation] == nil }.map { worker in
            guard case .launching = worker.state else { return .exited(worker.id, .unknown) }
            let why = "the master ended while it was launched"
            return .launchFailed(worker.id, .refused(why))
        }
    }

    /// What the master before may have heard of the others, and not written down.
    private var statesAfterGap: [Event] {
        company.everybody.compactMap { worker in
            guard let handle = workers[worker.id.incarnation] else { return nil }
            switch worker.state {
            case .launching: return .launched(worker.id)
            case .disconnecting where handle.session?.isOpen != true:
                return .unreachable(worker.id)
            default: return nil
            }
        }
    }

    // MARK: Strangers

    private func endStranger(_ id: WorkerID, _ ends: WorkerEnds) {
        unstore(.worker(id))
        guard let pidfd = ends.pidfd else { return }
        guard let process = ChildProcess.adopted(pidfd, nil) else { return }
        _ = try? process.signal(Signal.kill.number)
        chronicle.tell(
            .warning, nil,
            "process \(process.pid), kept as worker \(id), is none that this pool knows; "
                + "it was killed")
    }

    /// What lives in the unit's cgroup in groups of workers that nobody knows.
    private func endStrangers(sparing adopted: Set<UInt64>) {
        guard let delegated = launcher.delegated else { return }
        for name in (try? delegated.childNames()) ?? [] {
            guard let incarnation = LaunchOrder.incarnation(ofGroup: name),
                !adopted.contains(incarnation),
                let group = (try? delegated.open(child: name)) ?? nil
            else { continue }
            dissolve(group, of: incarnation)
        }
    }

    /// Before the first start: of a master whose state is lost or refused workers may be left, who
    /// serve as nobody wants them to, in cgroups whose names are wanted.
    func endLeftWorkers() throws(SystemError) {
        if let refused = arrangement.refused {
            chronicle.tell(
                .error, nil,
                "the workers of the master before are ended, as they can't be taken back: "
                    + refused.why.description)
            for (id, descriptors) in refused.kept.workers {
                endStranger(id, WorkerEnds(descriptors))
            }
            refused.kept = .none
            for name in [KeptName.counters, .state] { unstore(name) }
            if let keeper { store(.state, [keeper.memory.file]) }
        }
        endStrangers(sparing: [])
        let end = MonotonicClock.now() + 5_000_000_000
        while !leftovers.isEmpty, MonotonicClock.now() < end {
            try takeEvents(waiting: 100_000_000)
        }
    }

    // MARK: Work under way

    /// The effects that the master before had decided on and not carried out.
    private func carryOutRest(of succession: Succession) {
        for effect in succession.state.outbox.dropFirst(succession.done) {
            if case .launch(let id, _) = effect, workers[id.incarnation] != nil {
                keeper?.carriedOutOne()
                continue
            }
            carryOut(effect)
            keeper?.carriedOutOne()
        }
    }

    private func takeBackConnections(_ succession: Succession) {
        for (index, shared) in succession.kept.connections {
            unstore(.connection(index))
            guard arrangement.sockets.indices.contains(index) else { continue }
            dispatcher(index).takeIn(shared)
        }
    }

    /// A program of Node says once where it serves; the others are asked anew.
    private func rejoin(_ worker: WorkerHandle) {
        guard let session = worker.session, company.serves(worker.id) else { return }
        for index in session.state.served { join(worker, index) }
        watchChannel(of: worker)
        resumeDispatch()
    }

    /// A restart is somebody's wish for what is in the files now; a crash is nobody's.
    private func reloadIfChanged(_ succession: Succession, _ hasItsSockets: Bool) {
        if !hasItsSockets {
            chronicle.tell(.notice, nil, "the sockets of the pool have changed: all are replaced")
            return tell(.reloadRequested(nil))
        }
        guard succession.cause == .restart,
            case .success(let now) = arrangement.configuration.read(),
            now.texts != succession.reading?.texts
        else { return }
        chronicle.tell(.notice, nil, "the configuration has changed: all are replaced")
        tell(.reloadRequested(nil))
    }
}

/// The kept descriptors of a worker, by what they are.
struct WorkerEnds {
    private(set) var pidfd: SharedDescriptor?
    private(set) var notifySocket: SharedDescriptor?
    private(set) var channel: SharedDescriptor?

    init(_ descriptors: [SharedDescriptor]) {
        for shared in descriptors {
            switch (try? SocketFacts(of: shared.descriptor))?.kind {
            case .datagram: notifySocket = shared
            case .stream, .sequentialPacket: channel = shared
            case .other: break
            case nil: pidfd = shared
            }
        }
    }
}

extension ChildProcess {
    /// - Parameter written: What the master before knew of it; `nil` where it had no time to write,
    ///   and the pidfd, which only that master can have kept, is what there is.
    fileprivate static func adopted(
        _ pidfd: SharedDescriptor, _ written: MasterState.Worker?
    ) -> ChildProcess? {
        guard let written else { return (try? adopt(pidfd: pidfd, leadsProcessGroup: true)) ?? nil }
        return
            (try? adopt(
                pidfd: pidfd, pid: written.pid, startTime: written.startTime,
                leadsProcessGroup: true)) ?? nil
    }
}

extension Arrangement {
    /// Whether the sockets are those that the master before had.
    fileprivate func hasSockets(of state: MasterState) -> Bool {
        sockets.count == state.sockets.count
            && zip(sockets, state.sockets).allSatisfy {
                $0.name == $1.name && $0.facts.address.description == $1.address
            }
    }
}
