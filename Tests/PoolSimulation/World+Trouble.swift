// What may go wrong in the world, and what its people may want: one thing at a time, at random.

import PoolCore

extension World {
    mutating func makeTrouble() {
        wait(generator.duration(upTo: .seconds(generator.oneIn(100) ? 600 : 2)))
        switch generator.int(0...24) {
        case 0, 1: reload(tellsVerdict: true)
        case 2: reload(tellsVerdict: false)
        case 3, 4: crash()
        case 5: lie()
        case 6: hang()
        case 7: hearEarlyDeadline()
        case 8:
            ownTally.troubles[.unaskedRefusal] += 1
            tell(.configurationRefused("nobody asked"))
        case 9: stepClockBack()
        case 10 where generator.oneIn(20):
            ownTally.troubles[.stop] += 1
            tell(.stopRequested)
        case 11 where generator.oneIn(3): replaceProgram()
        case 12, 13: scale()
        case 14, 15: steer()
        case 16 where generator.oneIn(4): massacre()
        case 16: closeChannel()
        case 17: wakeUp()
        case 18 where generator.oneIn(3): flood()
        case 19 where generator.oneIn(2): refuseLaunches()
        case 20 where generator.oneIn(8): leapClock()
        case 21, 22: wish()
        case 23: doomMaster()
        default: noise()
        }
    }

    // MARK: People

    private mutating func reload(tellsVerdict: Bool) {
        ownTally.troubles[.reload] += 1
        guard tellsVerdict else { return tell(.reloadRequested(nil)) }
        lastRequest += 1
        tell(.reloadRequested(lastRequest))
    }

    private mutating func scale() {
        ownTally.troubles[.scale] += 1
        tell(
            .scaleRequested(
                generator.oneIn(3) ? .to(generator.int(-1...9)) : .by(generator.int(-3...3))))
    }

    /// Somebody holds, releases or gives up a rollout, whether there is one or not.
    private mutating func steer() {
        ownTally.troubles[.steering] += 1
        lastRequest += 1
        switch generator.int(0...4) {
        case 0, 1: tell(.pauseRequested(lastRequest))
        case 2, 3: tell(.resumeRequested(lastRequest))
        default: tell(.abortRequested(lastRequest))
        }
    }

    /// Somebody wants a fresh worker, all of them fresh, or a signal sent.
    private mutating func wish() {
        ownTally.troubles[.wish] += 1
        lastRequest += 1
        let slot = generator.int(-1...pool.seats.count)
        switch generator.int(0...4) {
        case 0, 1: tell(.restartRequested(lastRequest, slot))
        case 2: tell(.restartRequested(lastRequest, nil))
        default:
            tell(.signalRequested(lastRequest, slot, generator.pick([.kill, .user1, .hangup])))
        }
    }

    /// A deployment takes away or mends the program that runs.
    private mutating func replaceProgram() {
        ownTally.troubles[.programReplaced] += 1
        releases[pool.settled] = randomRelease()
    }

    // MARK: Processes

    private mutating func anyProcess() -> WorkerID? {
        processes.isEmpty ? nil : generator.pick(processes.keys.sorted())
    }

    private mutating func crash() {
        guard let id = anyProcess() else { return }
        ownTally.troubles[.crash] += 1
        die(id, randomEnd())
    }

    /// As when the kernel has no memory left for the whole of it.
    private mutating func massacre() {
        ownTally.troubles[.massacre] += 1
        for id in processes.keys.sorted() { die(id, .signaled(.kill, coreDumped: false)) }
    }

    private mutating func hang() {
        guard let id = anyProcess() else { return }
        ownTally.troubles[.hang] += 1
        processes[id]?.isHung = true
    }

    private mutating func closeChannel() {
        guard let id = anyProcess() else { return }
        ownTally.troubles[.closedChannel] += 1
        processes[id]?.isUnreachable = true
    }

    /// Whatever held it up is over; what it has left unsaid stays so.
    private mutating func wakeUp() {
        guard let id = processes.keys.sorted().first(where: { processes[$0]?.isHung == true })
        else { return noise() }
        ownTally.troubles[.awakening] += 1
        processes[id]?.isHung = false
        processes[id]?.hasLied = true
    }

    /// Things that a worker may say at any time, true or not.
    private mutating func lie() {
        guard let id = anyProcess() else { return }
        ownTally.troubles[.lie] += 1
        processes[id]?.hasLied = true
        tell(.noticed(id, randomNotice()))
    }

    private mutating func flood() {
        guard let id = anyProcess() else { return }
        ownTally.troubles[.flood] += 1
        processes[id]?.hasLied = true
        for _ in 0..<generator.int(10...40) where isFaultless && !isEnded {
            tell(.noticed(id, randomNotice()))
        }
    }

    /// Late or invented messages about workers that the pool can't know.
    private mutating func noise() {
        ownTally.troubles[.stranger] += 1
        let stranger = WorkerID(
            slot: generator.int(0...9), incarnation: generator.next() | Law.firstStranger)
        switch generator.int(0...5) {
        case 5: tell(.unreachable(stranger))
        case 0: tell(.noticed(stranger, randomNotice()))
        case 1: tell(.exited(stranger, .exited(0)))
        case 2: tell(.launched(stranger))
        case 3: tell(.memoryMeasured(stranger, .max))
        default: tell(.launchFailed(stranger, .refused("EAGAIN")))
        }
    }

    // MARK: Kernel and clock

    private mutating func refuseLaunches() {
        let until = now + generator.duration(upTo: .seconds(10))
        refusal = (until, generator.pick(Refusal.allCases))
    }

    private mutating func hearEarlyDeadline() {
        ownTally.troubles[.earlyDeadline] += 1
        readAll()
        if !isEnded { tell(.deadline) }
    }

    private mutating func stepClockBack() {
        ownTally.troubles[.clockStep] += 1
        readAll()
        if !isEnded { tell(.deadline, at: now + generator.duration(upTo: .seconds(3_600)) * -1) }
    }

    /// The machine was asleep.
    private mutating func leapClock() {
        ownTally.troubles[.clockLeap] += 1
        wait(generator.duration(upTo: .seconds(generator.oneIn(10) ? 31_536_000 : 86_400)))
    }

    /// The master was held up, and reads everything before it hears of the deadline.
    mutating func stall() {
        ownTally.troubles[.stall] += 1
        wait(generator.duration(upTo: .seconds(30)))
        readAll()
    }

    // MARK: Choices

    private mutating func randomEnd() -> ExitStatus {
        generator.pick([
            .exited(1), .exited(0), .exited(3), .signaled(.kill, coreDumped: false),
            .signaled(.terminate, coreDumped: false), .signaled(Signal(11), coreDumped: true),
            .unknown,
        ])
    }

    mutating func randomNotice() -> Notice { generator.notice() }

    /// Moody ones make the longest stories: a rollout that gets some way and then goes back.
    mutating func randomRelease() -> Release {
        generator.oneIn(3) ? .moody : generator.pick(Release.allCases)
    }
}

extension Generator {
    /// Something that a worker may say at any time.
    mutating func notice() -> Notice {
        pick([
            .ready, .heartbeat, .stopping, .trouble, .status("busy"), .status(""),
            .watchdogInterval(.seconds(1)), .watchdogInterval(.zero),
            .broken("sent a line that is no JSON"),
            .extendTimeout(.seconds(3)), .extendTimeout(.seconds(Int64.max)),
        ])
    }
}
