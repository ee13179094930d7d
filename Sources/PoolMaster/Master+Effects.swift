// Carrying out what the core wishes. Nothing is decided here; a deed that fails comes back as an
// event.

import LinuxKernel
import PoolConfiguration
import PoolCore
import PoolWire
import Systemd

extension Master {
    func carryOut(_ effect: Effect) {
        switch effect {
        case .launch(let id, let generation): launch(id, generation)
        case .disconnect(let id): disconnect(id)
        case .signal(let id, let signal), .relay(let id, let signal): send(signal, to: id)
        case .kill(let id): workers[id.incarnation]?.kill()
        case .forget(let id): forget(id)
        case .measureMemory(let ids): measureMemory(of: ids)
        case .readConfiguration(let generation): readConfiguration(for: generation)
        case .release(let generation): release(generation)
        case .notify(let state): notify(state)
        case .record(let record): tellStory(record)
        case .answer(let requests, let verdict): answer(requests, verdict)
        case .finish(let outcome): finish(outcome)
        }
    }

    // MARK: Workers

    private func launch(_ id: WorkerID, _ generation: GenerationNumber) {
        guard let settings = settings[generation],
            let order = LaunchOrder(id, generation, settings, nodeListeners[generation])
        else {
            return tell(.launchFailed(id, .refused("generation \(generation) has no settings")))
        }
        switch launcher.launch(order) {
        case .failure(let refused): tell(.launchFailed(id, refused.failure))
        case .success(let launched): take(launched)
        }
    }

    private func take(_ launched: WorkerLauncher.Launched) {
        let handle = launched.handle
        workers[handle.id.incarnation] = handle
        do throws(SystemError) {
            try watch(handle, launched.relay)
            store(.worker(handle.id), handle.descriptors)
        } catch {
            // A worker that can't be watched can't be kept.
            handle.kill()
            handle.failure = .refused(error.description)
            waitForUnwatched(handle)
        }
    }

    func watch(_ handle: WorkerHandle, _ relay: OutputRelay?) throws(SystemError) {
        let number = handle.id.incarnation
        try watch(handle.process.pidfd.descriptor, .readable, .process(number))
        if let verdict = handle.process.verdictDescriptor {
            try watch(verdict.descriptor, .readable, .verdict(number))
        }
        try watch(handle.notifySocket.descriptor, .readable, .notice(number))
        if let session = handle.session { try watchChannel(session, .channel(number)) }
        if let relay {
            relays[number] = relay
            if !isOutputHeld { try watch(relay.reader.descriptor, .readable, .relay(number)) }
        }
    }

    /// The kernel would not let us watch it: its end is not reported, so it is waited for. SIGKILL
    /// is out, so the wait is as short as the kernel makes it.
    private func waitForUnwatched(_ handle: WorkerHandle) {
        try? handle.process.waitForExit()
        _ = handle.reap()
        tell(.launchFailed(handle.id, handle.failure ?? .refused("it could not be watched")))
    }

    private func send(_ signal: Signal, to id: WorkerID) {
        leaveRosters(id, isGone: false)
        _ = try? workers[id.incarnation]?.process.signal(signal.number)
    }

    private func forget(_ id: WorkerID) {
        leaveRosters(id, isGone: true)
        guard let handle = workers.removeValue(forKey: id.incarnation) else { return }
        unstore(.worker(id))
        unwatch(handle.process.pidfd.descriptor)
        if handle.isVerdictOpen, let verdict = handle.process.verdictDescriptor {
            unwatch(verdict.descriptor)
        }
        unwatch(handle.notifySocket.descriptor)
        if let session = handle.session, !handle.channelEvents.isEmpty { unwatchChannel(session) }
        _ = try? FileSystem.unlink(handle.notifyPath)
        if let group = handle.controlGroup { dissolve(group, of: id.incarnation) }
    }

    /// Whatever the worker has started and left behind goes with it.
    func dissolve(_ group: ControlGroup, of number: UInt64) {
        guard (try? group.isPopulated()) ?? false else {
            _ = try? group.remove()
            return
        }
        try? group.kill()
        guard let leftover = try? Leftover(group) else { return }
        leftovers[number] = leftover
        try? watch(leftover.events, .priority, .leftover(number))
        removeLeftover(number)
    }

    /// Nothing is said of those that are gone by now: their end is on its way.
    private func measureMemory(of ids: [WorkerID]) {
        for id in ids {
            guard let bytes = workers[id.incarnation]?.ownMemory() else { continue }
            tell(.memoryMeasured(id, bytes))
        }
    }

    // MARK: Configuration

    private func readConfiguration(for generation: GenerationNumber) {
        switch arrangement.configuration.read() {
        case .success(let read):
            take(read, as: generation)
            tell(.configurationRead(read.settings.policyHere()))
        case .failure(let refused): tell(.configurationRefused(refused.description))
        }
    }

    func take(_ reading: Reading, as generation: GenerationNumber) {
        texts[generation] = reading.texts
        take(reading.settings, as: generation) {
            NodeListeners(
                arrangement.sockets, after: nodeListeners[company.workers.settled])
        }
    }

    /// As the master before had them.
    func take(_ succession: Succession) {
        for (generation, read) in succession.settings.sorted(by: { $0.key < $1.key }) {
            let kept = succession.state.generations[generation]
            texts[generation] = kept?.texts
            take(read, as: generation) {
                kept?.listeners.map { NodeListeners(arrangement.sockets, $0) }
                    ?? NodeListeners(arrangement.sockets)
            }
        }
    }

    private func take(
        _ read: PoolSettings, as generation: GenerationNumber, _ listeners: () -> NodeListeners
    ) {
        settings[generation] = read
        guard read.workerProtocol != .systemd else { return }
        // Who loses the race for a connection would wait for the next one, and for nothing else: the
        // master, and Node, which takes it for granted. Our units and our own sockets have it set.
        for socket in arrangement.sockets { try? socket.shared.descriptor.setNonBlocking() }
        guard read.workerProtocol == .node else { return }
        nodeListeners[generation] = listeners()
    }

    private func release(_ generation: GenerationNumber) {
        settings[generation] = nil
        texts[generation] = nil
        nodeListeners[generation] = nil
        if settings.values.allSatisfy({ $0.dispatchPolicy == nil }) { giveUpDispatch() }
    }

    // MARK: Words

    private func tellStory(_ record: Record) {
        tally.count(record, at: Self.now)
        let entry = annals.add(record, at: WallClock.now())
        publish(.happening(Happening(entry)))
        let pid = record.worker.flatMap { workers[$0.incarnation]?.process.pid }
        chronicle.tell(record, pid: pid)
    }

    private func notify(_ state: ServiceState) {
        if case .status(let text) = state { reportProgress(text) }
        // `ExecReload=` says as much, and has somebody waiting here. When it ends, systemd 257 would wait
        // for the READY=1 of a master that has died since, and start no other.
        if state == .reloading, control.isReloadAwaited { return }
        do throws(SystemError) {
            try manager?.notify(ServiceNotification(state))
            if state == .heartbeat, manager != nil { tally.countWatchdogPing() }
        } catch {
            chronicle.tell(
                .warning, nil,
                "\(error); systemd does not know how the pool is: "
                    + "ask `martletctl status \(arrangement.pool)`")
        }
    }
}

extension ServiceNotification {
    init(_ state: ServiceState) {
        switch state {
        case .ready: self = .ready
        case .reloading: self = .reloading
        case .stopping: self = .stopping
        case .heartbeat: self = .watchdog
        case .status(let text): self = .status(text)
        case .extendTimeout(let duration): self = .extendTimeout(duration)
        }
    }
}
