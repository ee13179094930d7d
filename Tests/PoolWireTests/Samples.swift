// Reports and bytes that several tests use.

import FoundationEssentials

@testable import PoolWire

enum Samples {
    /// Every optional field is set.
    static let report = PoolReport(
        pool: "web", state: "reloading", pid: 812,
        master: MasterReport(pid: 812, number: 3, version: "0.1.0", secondsRunning: 61.2345),
        generation: 4, wanted: 4, spare: 1, ready: 4, status: "gen 4: 1/4 ready, 1 starting",
        lastFailure: "reload to gen 3 failed: slot 0 exited",
        configuration: "/etc/martlet/web.conf",
        rollout: RolloutReport(
            from: 2, to: 4, stage: "forward", paused: true, replaced: 1, clearing: [5],
            rising: [1], waiting: [2, 3],
            secondsUnderWay: 1.23456),
        agent: WorkerReport(
            slot: -1, incarnation: 1_099_511_627_777, generation: 4, state: "ready",
            role: "incumbent", pid: 899, restarts: 0, lastReason: "started: the pool starts"),
        workers: [
            WorkerReport(
                slot: 0, incarnation: 9, generation: 4, state: "ready", role: "incumbent",
                pid: 901, uptimeSeconds: 2.5, nextStartSeconds: 0.5, restarts: 3,
                lastReason: "ready after 1s", delay: "2nd end in a row",
                statusText: "listening \u{1f426}",
                memoryBytes: 52_428_800, ownMemoryBytes: 1_048_576,
                requests: 12, requestsUnderWay: 3, connections: 7, cpuSeconds: 0.25,
                heartbeatSeconds: 1.5)
        ],
        listeners: [
            ListenerReport(
                name: "http", kind: "stream", address: "127.0.0.1:8000", asked: "*:3000")
        ])

    static let idle = PoolReport(
        pool: "web", state: "serving", pid: 812, generation: 1, wanted: 1, ready: 0, status: "",
        workers: [
            WorkerReport(
                slot: 0, generation: 1, state: "waiting", restarts: 0, lastReason: "exited")
        ],
        listeners: [])

    static let families = [
        MetricFamily(.workers, [MetricSample(["state": "ready"], 4)]),
        MetricFamily(
            .rolloutDuration,
            [
                MetricSample(
                    ["result": "completed"], 3.25,
                    buckets: [
                        MetricBucket(upTo: 0.5, count: 0), MetricBucket(upTo: nil, count: 2),
                    ])
            ]),
    ]

    static let answers: [ControlAnswer] = [
        .report(report), .report(idle), .accepted, .story([]),
        .story([
            Happening(
                time: 1_795_236_090_547_605, slot: 2, generation: 3, priority: 4,
                kind: "worker-exited", reason: "was killed by SIGKILL",
                sentence: "worker 2 of generation 3 was killed by SIGKILL"),
            Happening(time: 0, slot: nil, generation: nil, priority: 5, sentence: ""),
        ]),
        .metrics([]), .metrics(families),
        .reloaded(ReloadResult(generation: 4, ready: 4, wanted: 4)),
        .refused(.reloadFailed(reason: "slot 1: exited with 3 (\"\u{1}\u{fffd}\")", serving: 3)),
        .refused(.reloadFailed(reason: "", serving: nil)),
        .refused(.permissionDenied(user: .max)), .refused(.permissionDenied(user: nil)),
        .refused(.tooManyClients), .refused(.stopping),
        .refused(.notPossible(reason: "no rollout is under way")),
        .scaled(ScaleResult(wanted: 3, isEffective: false)),
        .workers(report.workers), .workers([]), .sent(recipients: 3),
        .configuration(
            ConfigurationReport(
                files: ["/etc/martlet/web.conf"],
                settings: [
                    SettingReport(
                        section: "Worker", name: "ExecStart", value: "/bin/a \"b c\"",
                        origin: "/etc/martlet/web.conf:3")
                ])),
    ]
}

/// A reply as a foreign client sees it.
struct ForeignReply: Decodable, Hashable {
    struct Parameters: Decodable, Hashable {
        var description: String?
        var interface: String?
        var interfaces: [String]?
        var method: String?
        var parameter: String?
        var reason: String?
        var status: String?
        var vendor: String?
        var version: String?
        var generation: Int?
        var user: UInt32?
    }

    var error: String?
    var continues: Bool?
    var parameters: Parameters?

    /// All replies in some output; `nil` if it is anything else.
    static func all(in output: [UInt8]) -> [ForeignReply]? {
        guard output.isEmpty || output.last == 0 else { return nil }
        var replies: [ForeignReply] = []
        for frame in output.split(separator: 0, omittingEmptySubsequences: false).dropLast() {
            guard let reply = try? JSONDecoder().decode(ForeignReply.self, from: Data(frame)) else {
                return nil
            }
            replies.append(reply)
        }
        return replies
    }
}

extension [UInt8] {
    var text: String { String(decoding: self, as: UTF8.self) }
}
