// Times, descriptors, queues and memory: what the unit and the machine grant, against what the pool
// may ask for.

import PoolConfiguration
import PoolCore

extension Diagnosis {
    /// Below that the master may not come to asking for more.
    private static let shortestTimeout: Duration = .seconds(2)

    mutating func lookAtTimeouts(_ facts: PoolFacts, _ settings: PoolSettings) {
        let programs = [settings.worker] + (settings.agent.map { [$0] } ?? [])
        lookAtStop(facts, programs.map(\.policy.stopTimeout))
        lookAtTimeout(facts, "TimeoutStartUSec", "TimeoutStartSec", "start-timeout")
        if programs.contains(where: { $0.policy.startTimeout == nil }) {
            add(
                .note, "start-timeout",
                "TimeoutStartSec=infinity: a worker that never gets ready holds up a start or a "
                    + "rollout until somebody ends it",
                fix: "a TimeoutStartSec= in [Worker] that the program keeps to")
        }
    }

    private mutating func lookAtStop(_ facts: PoolFacts, _ timeouts: [Duration?]) {
        lookAtTimeout(facts, "TimeoutStopUSec", "TimeoutStopSec", "stop-timeout")
        if timeouts.contains(nil) {
            add(
                .warning, "stop-timeout",
                "TimeoutStopSec=infinity: one worker that does not end holds up a stop, and a "
                    + "shutdown of the machine, for ever",
                fix: "a TimeoutStopSec= in [Worker] that the longest request keeps to")
            return
        }
        // The agent ends after the workers.
        let longest = timeouts.compactMap { $0 }.reduce(.zero, +)
        guard let granted = facts.service?.duration("TimeoutStopUSec"), longest > granted else {
            return
        }
        add(
            .note, "stop-timeout",
            "a stop may take \(longest.timeSpanText), longer than the unit's "
                + "TimeoutStopSec=\(granted.timeSpanText): the master asks systemd for more as it "
                + "goes, and a shutdown of the machine waits as long")
    }

    private mutating func lookAtTimeout(
        _ facts: PoolFacts, _ property: String, _ name: String, _ check: String
    ) {
        guard let granted = facts.service?.duration(property), granted < Self.shortestTimeout
        else { return }
        add(
            .warning, check,
            "martlet@\(facts.pool).service has \(name)=\(granted.timeSpanText): too little for the "
                + "master to ask for more",
            fix: "take \(name)= out of [Service] and the drop-ins of the unit")
    }

    // MARK: Descriptors, queues and memory

    /// For each worker: its pidfd, its sockets and pipes, its control group's files.
    private static let descriptorsOfWorker = 10
    /// The master's own: sockets, the journal, clients of the control socket.
    private static let descriptorsOfMaster = 128
    /// systemd's own default, which is not meant for servers.
    private static let fewDescriptors = 1_024

    mutating func lookAtLimits(_ facts: PoolFacts, _ settings: PoolSettings) {
        let policy = settings.policy(availableProcessors: host.processors)
        let workers = policy.workers + policy.spare + max(1, policy.rolloutSurge)
        lookAtDescriptors(facts, settings, workers)
        lookAtStore(facts, workers)
        lookAtBacklog(facts)
        lookAtMemory(facts, settings, workers)
    }

    private mutating func lookAtDescriptors(
        _ facts: PoolFacts, _ settings: PoolSettings, _ workers: Int
    ) {
        guard let limit = facts.service.flatMap({ Int($0["LimitNOFILESoft"]) }) else { return }
        let needed = Self.descriptorsOfMaster + Self.descriptorsOfWorker * workers
        let fix = "LimitNOFILE=65536:524288 in [Service] of the pool's file"
        if limit < needed {
            add(
                .error, "descriptors",
                "LimitNOFILE=\(limit) is too little for \(workers) workers: the master needs "
                    + "\(needed)",
                fix: fix)
        } else if limit <= Self.fewDescriptors {
            let who = settings.dispatch == .shared ? "a worker" : "the master, which accepts,"
            add(
                .warning, "descriptors",
                "LimitNOFILE=\(limit): \(who) can't have more connections open than that", fix: fix)
        }
    }

    private mutating func lookAtBacklog(_ facts: PoolFacts) {
        guard let asked = facts.socket.flatMap({ Int($0["Backlog"]) }),
            let longest = host.longestBacklog, asked > longest
        else { return }
        add(
            .warning, "backlog",
            "Backlog=\(asked), but net.core.somaxconn lets only \(longest) clients wait",
            fix: "echo net.core.somaxconn=\(asked) > /etc/sysctl.d/60-martlet.conf && "
                + "sysctl --system && systemctl restart martlet@\(facts.pool).socket")
    }

    private mutating func lookAtMemory(
        _ facts: PoolFacts, _ settings: PoolSettings, _ workers: Int
    ) {
        guard let each = settings.worker.policy.memoryLimit else { return }
        let (all, isTooLarge) = each.multipliedReportingOverflow(by: UInt64(workers))
        let total = isTooLarge ? .max : all
        let granted = facts.service.flatMap { UInt64($0["MemoryMax"]) }
        let limits = [(granted, "MemoryMax="), (host.memoryBytes, "this machine's memory")]
            .compactMap { limit, name in limit.map { ($0, name) } }
        guard let (limit, name) = limits.min(by: { $0.0 < $1.0 }), total > limit else { return }
        add(
            .warning, "memory",
            "\(workers) workers may have RecycleMemory=\(each.asByteCount) each before one is "
                + "replaced, \(total.asByteCount) together: more than \(name), \(limit.asByteCount)",
            fix: "RecycleMemory= below \((limit / UInt64(workers)).asByteCount), or fewer Workers=")
    }
}

extension UnitProperties {
    /// `nil` for infinity, and for what is not known.
    func duration(_ name: String) -> Duration? {
        do throws(InvalidValue) {
            if case .finite(let span) = try TimeSpan(parsing: self[name]) { return span }
        } catch {
            return nil
        }
        return nil
    }
}
