// The pool as the control socket tells it: the core's view, and what only the kernel knows.

import LinuxKernel
import PoolCore
import PoolWire

extension Master {
    func report() -> PoolReport {
        let status = company.status(at: Self.now)
        return PoolReport(
            pool: arrangement.pool, state: status.state, pid: OwnProcess.pid,
            master: masterReport, generation: status.generation, wanted: status.wanted,
            spare: status.spare, ready: status.ready, status: status.status,
            lastFailure: status.lastFailure, configuration: arrangement.settings.files.first,
            rollout: status.rollout.map(RolloutReport.init), agent: status.agent.map(report),
            workers: status.workers.map(report), listeners: listeners)
    }

    private var listeners: [ListenerReport] {
        let places = nodeListeners[company.workers.settled]
        return arrangement.sockets.enumerated().map { index, socket in
            socket.report(asked: places?.place(of: index)?.description)
        }
    }

    /// Those that were passed to it; only workers of Protocol=martlet tell of their ends.
    private func connections(of worker: WorkerHandle) -> Int? {
        guard worker.session is MartletSession, !dispatchers.isEmpty else { return nil }
        return dispatchers.values.reduce(0) { $0 + $1.roster.load(of: worker.id) }
    }

    func story(of slot: Slot?) -> [Happening] {
        annals.entries(of: slot).map(Happening.init)
    }

    private func report(_ worker: WorkerStatus) -> WorkerReport {
        let handle = worker.incarnation.flatMap { workers[$0] }
        let pid = handle?.process.pid
        let usage = pid.flatMap { ProcessUsage.read(pid: $0) }
        return WorkerReport(
            slot: worker.slot, incarnation: worker.incarnation, generation: worker.generation,
            state: worker.state, role: worker.role?.rawValue, pid: pid,
            uptimeSeconds: worker.uptimeSeconds, nextStartSeconds: worker.nextStartSeconds,
            restarts: worker.restarts, lastReason: worker.lastReason, delay: worker.delay,
            statusText: worker.statusText,
            memoryBytes: usage.map { UInt64(max(0, $0.residentBytes)) },
            ownMemoryBytes: worker.ownMemory, requests: handle?.requests?.finished,
            requestsUnderWay: handle?.requests.map { Int($0.underWay) },
            connections: handle.flatMap(connections),
            cpuSeconds: usage.map { Double($0.processorNanoseconds) / 1e9 },
            heartbeatSeconds: worker.heartbeatSeconds)
    }
}

extension Happening {
    init(_ entry: Annals.Entry) {
        self.init(
            time: entry.time, slot: entry.record.slot, generation: entry.record.generation,
            priority: entry.record.level.rawValue, kind: MessageID(entry.record).name,
            reason: entry.record.reason, sentence: entry.record.sentence)
    }
}

extension RolloutReport {
    init(_ status: RolloutStatus) {
        self.init(
            from: status.from, to: status.to, stage: status.stage, paused: status.isPaused,
            replaced: status.replaced, clearing: status.clearing, rising: status.rising,
            waiting: status.waiting,
            secondsUnderWay: status.secondsUnderWay)
    }
}

extension PoolSocket {
    fileprivate func report(asked: String?) -> ListenerReport {
        ListenerReport(
            name: name, kind: facts.kind.description, address: facts.address.description,
            asked: asked)
    }
}
