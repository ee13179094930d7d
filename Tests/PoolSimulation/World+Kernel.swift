// How the world carries out what the pool wishes: launches that fail or lie, signals that are
// ignored, kills that always work in the end.

import PoolCore

/// Why a kernel gives no process.
enum Refusal: String, CaseIterable {
    case again = "EAGAIN"
    case noDescriptors = "EMFILE"
    case noMemory = "ENOMEM"
    case noCall = "ENOSYS"

    var trouble: Trouble {
        switch self {
        case .again: .again
        case .noDescriptors: .noDescriptors
        case .noMemory: .noMemory
        case .noCall: .noCall
        }
    }
}

extension World {
    mutating func launch(_ id: WorkerID, _ number: GenerationNumber) {
        // The master before has launched it, and had no time to note that.
        if processes[id] != nil { return }
        var release = releases[number] ?? .good
        if release == .moody { release = generator.oneIn(3) ? .exitsAtStart : .good }
        if let why = reasonToRefuse() {
            ownTally.troubles[why.trouble] += 1
            return agenda.add(now, .tell(.launchFailed(id, .refused(why.rawValue))))
        }
        let delay = generator.duration(upTo: .milliseconds(50))
        if release == .notExecutable {
            ownTally.troubles[.notExecutable] += 1
            let error = generator.pick(["ENOENT", "EACCES", "ENOEXEC", "ETXTBSY"])
            return agenda.add(now + delay, .tell(.launchFailed(id, .notExecuted(error))))
        }
        let policy = pool.policy(of: number).worker
        processes[id] = Process(
            generation: number, readiness: policy.readiness,
            ignoresSignals: release == .ignoresSignals && isHostile,
            ignoresWords: isHostile && generator.oneIn(4),
            heartbeat: policy.watchdogInterval)
        agenda.add(now + delay, .tell(.launched(id)))
        live(id, release, from: now + delay)
    }

    private mutating func reasonToRefuse() -> Refusal? {
        guard isHostile else { return nil }
        if let refusal, refusal.until > now { return refusal.why }
        return generator.oneIn(60) ? generator.pick(Refusal.allCases) : nil
    }

    /// Puts the life of a new process on the agenda.
    private mutating func live(_ id: WorkerID, _ release: Release, from start: Instant) {
        if let trouble = release.trouble { ownTally.troubles[trouble] += 1 }
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

    /// Asked through its channel, which may be closed.
    mutating func takeLeave(_ id: WorkerID) {
        guard let process = processes[id] else { return }
        if process.isUnreachable {
            tell(.unreachable(id))
        } else if process.isHung || process.ignoresWords {
            ownTally.troubles[.ignoredWord] += 1
        } else {
            die(id, .exited(0))
        }
    }

    mutating func obey(_ id: WorkerID, _ signal: Signal) {
        guard let process = processes[id] else { return }
        if process.ignoresSignals || process.isHung {
            ownTally.troubles[.ignoredSignal] += 1
        } else {
            die(id, generator.oneIn(2) ? .exited(0) : .signaled(signal, coreDumped: false))
        }
    }

    /// What people send is seldom meant to end it.
    mutating func hearAnybody(_ id: WorkerID, _ signal: Signal) {
        if signal == .kill || generator.oneIn(3) { die(id, .signaled(signal, coreDumped: false)) }
    }

    mutating func die(_ id: WorkerID, _ status: ExitStatus) {
        guard let process = processes[id], !process.isDying else { return }
        processes[id]?.isDying = true
        var limit: Duration = .milliseconds(isHostile ? 3_000 : 300)
        if isHostile, generator.oneIn(200) {
            // Even SIGKILL waits for a process that the kernel does not interrupt.
            ownTally.troubles[.slowDeath] += 1
            limit = .seconds(120)
        }
        agenda.add(now + generator.duration(upTo: limit), .exit(id, status))
    }

    /// The main process is gone; what it has started may go on and speak for it.
    mutating func exit(_ id: WorkerID, _ status: ExitStatus) {
        guard processes.removeValue(forKey: id) != nil else { return }
        if isHostile, generator.oneIn(20) {
            ownTally.troubles[.lateNotice] += 1
            let delay = generator.duration(upTo: .seconds(2))
            agenda.add(now + delay, .lateNotice(id, randomNotice()))
        }
        tell(.exited(id, status))
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
            ownTally.troubles[.badConfiguration] += 1
            return agenda.add(now, .tell(.configurationRefused("web.conf:3: no")))
        }
        releases[number] = isHostile ? randomRelease() : .good
        // A deployment may take the old program away.
        if isHostile, generator.oneIn(6) { releases[pool.settled] = randomRelease() }
        agenda.add(now, .tell(.configurationRead(.random(&generator))))
    }
}
