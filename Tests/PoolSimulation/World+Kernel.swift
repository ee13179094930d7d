// How the world carries out what the pool wishes: launches that fail or lie, signals that are
// ignored, kills that always work in the end.

import PoolCore

extension World {
    mutating func launch(_ id: WorkerID, _ number: GenerationNumber) {
        var release = releases[number] ?? .good
        if release == .moody { release = generator.oneIn(3) ? .exitsAtStart : .good }
        if isHostile, generator.oneIn(60) {
            return agenda.add(now, .tell(.launchFailed(id, .refused("EAGAIN"))))
        }
        let delay = generator.duration(upTo: .milliseconds(50))
        if release == .notExecutable {
            return agenda.add(now + delay, .tell(.launchFailed(id, .notExecuted("ENOENT"))))
        }
        let policy = pool.policy(of: number).worker
        processes[id] = Process(
            generation: number, readiness: policy.readiness,
            ignoresSignals: release == .ignoresSignals && isHostile,
            heartbeat: policy.watchdogInterval)
        agenda.add(now + delay, .tell(.launched(id)))
        live(id, release, from: now + delay)
    }

    /// Puts the life of a new process on the agenda.
    private mutating func live(_ id: WorkerID, _ release: Release, from start: Instant) {
        let boot: Duration = release == .slow ? .seconds(3) : .milliseconds(200)
        let ready = start + generator.duration(upTo: boot)
        switch release {
        case .exitsAtStart: return agenda.add(ready, .exit(id, .exited(1)))
        case .neverReady: return
        case .diesAfterReady:
            agenda.add(ready + generator.duration(upTo: .seconds(2)), .crash(id))
        case .flaky:
            agenda.add(ready + generator.duration(upTo: .seconds(60)), .crash(id))
        case .hangs: processes[id]?.heartbeat = nil
        case .leaks: processes[id]?.isLeaking = true
        case .leavesByItself:
            let leave = ready + generator.duration(upTo: .seconds(30))
            agenda.add(leave, .notice(id, .stopping))
            agenda.add(leave + generator.duration(upTo: .seconds(20)), .exit(id, .exited(0)))
        case .good, .slow, .ignoresSignals, .notExecutable, .moody: break
        }
        agenda.add(ready, .notice(id, .ready))
        if let period = processes[id]?.heartbeat { agenda.add(ready + period / 3, .beat(id)) }
    }

    mutating func obey(_ id: WorkerID, _ signal: Signal) {
        guard let process = processes[id], !process.ignoresSignals, !process.isHung else { return }
        die(id, generator.oneIn(2) ? .exited(0) : .signaled(signal, coreDumped: false))
    }

    mutating func die(_ id: WorkerID, _ status: ExitStatus) {
        guard let process = processes[id], !process.isDying else { return }
        processes[id]?.isDying = true
        let delay = generator.duration(upTo: .milliseconds(isHostile ? 3_000 : 300))
        agenda.add(now + delay, .exit(id, status))
    }

    /// What it has grows, shrinks at times, and can't always be found out.
    mutating func measure(_ id: WorkerID) {
        guard let process = processes[id], !generator.oneIn(20) else { return }
        let isLarge = isHostile && (process.isLeaking ? !generator.oneIn(6) : generator.oneIn(10))
        let bytes = isLarge ? process.memory + (90 << 20) : process.memory
        agenda.add(now, .tell(.memoryMeasured(id, bytes)))
    }

    mutating func readConfiguration(_ number: GenerationNumber) {
        if isHostile, generator.oneIn(4) {
            return agenda.add(now, .tell(.configurationRefused("web.conf:3: no")))
        }
        releases[number] = isHostile ? randomRelease() : .good
        // A deployment may take the old program away.
        if isHostile, generator.oneIn(6) { releases[pool.settled] = randomRelease() }
        agenda.add(now, .tell(.configurationRead(.random(&generator))))
    }
}

extension World {
    /// Moody ones make the longest stories: a rollout that gets some way and then goes back.
    mutating func randomRelease() -> Release {
        generator.oneIn(3) ? .moody : generator.pick(Release.allCases)
    }
}

/// What will happen, by time; what was put down first happens first.
struct Agenda {
    enum Entry {
        case tell(Event)
        case exit(WorkerID, ExitStatus)
        case notice(WorkerID, Notice)
        case beat(WorkerID)
        case crash(WorkerID)
    }

    private var entries: [(Instant, Entry)] = []

    var first: (Instant, Entry)? { entries.last }

    mutating func removeFirst() { entries.removeLast() }

    /// Kept latest first, so that the next one is the last.
    mutating func add(_ time: Instant, _ entry: Entry) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].0 > time { low = middle + 1 } else { high = middle }
        }
        entries.insert((time, entry), at: low)
    }

    func isAboutToFail(_ id: WorkerID) -> Bool {
        entries.contains {
            if case .tell(.launchFailed(id, _)) = $0.1 { return true }
            return false
        }
    }
}
