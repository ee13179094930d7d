// A pool in figures: what the Metrics method answers.
// Invariant: the labels of a figure come from small closed sets, from the pool's slots and from its
// sockets; none grows with time.

import LinuxKernel
import PoolCore
import PoolWire

/// What is known of a pool at one moment.
struct Figures {
    let report: PoolReport
    let tally: Tally
    var queues: [(socket: ListenerReport, queue: ListenQueue)] = []
    var losses: ListenLosses?
    /// Of the master.
    var usage: ProcessUsage?

    /// Those that there is something to say about.
    var families: [MetricFamily] {
        Metric.allCases.compactMap { metric in
            let samples = samples(of: metric)
            return samples.isEmpty ? nil : MetricFamily(metric, samples)
        }
    }

    private func samples(of metric: Metric) -> [MetricSample] {
        switch metric {
        case .up: []
        case .buildInformation: [MetricSample(["version": Product.version], 1)]
        case .poolState:
            Self.poolStates.map { MetricSample(["state": $0], $0 == report.state ? 1 : 0) }
        case .generation: [MetricSample([:], report.generation)]
        case .workers: workersByState
        case .workersWanted: [MetricSample([:], report.wanted)]
        case .workersReady: [MetricSample([:], report.ready)]
        case .agentReady:
            report.agent.map { [MetricSample([:], $0.state == "ready" ? 1 : 0)] } ?? []
        case .rolloutUnderWay: [MetricSample([:], report.rollout == nil ? 0 : 1)]
        case .workerStarts, .workerExits, .rollouts, .rolloutDuration, .dispatchedConnections,
            .messages, .watchdogPings:
            counted(metric)
        case .workerRestarts, .workerUptime, .workerProcessorTime, .workerMemory,
            .workerHeartbeatAge, .workerConnections, .workerRequests, .workerRequestsUnderWay:
            holders.compactMap { sample(of: metric, $0) }
        case .queueLength: queues.map { MetricSample(Self.labels($0.socket), $0.queue.length) }
        case .queueLimit: queues.map { MetricSample(Self.labels($0.socket), $0.queue.limit) }
        case .listenOverflows: losses.map { [MetricSample([:], $0.overflows)] } ?? []
        case .listenDrops: losses.map { [MetricSample([:], $0.drops)] } ?? []
        case .masterProcessorTime:
            usage.map { [MetricSample([:], Double($0.processorNanoseconds) / 1e9)] } ?? []
        case .masterMemory: usage.map { [MetricSample([:], max(0, $0.residentBytes))] } ?? []
        }
    }

    private static let poolStates = ["starting", "serving", "reloading", "stopping", "ended"]

    // MARK: Workers

    private static let workerStates = [
        "launching", "starting", "ready", "disconnecting", "stopping", "ending", "killed",
        "waiting", "resting", "finished",
    ]

    private var workersByState: [MetricSample] {
        Self.workerStates.map { state in
            MetricSample(["state": state], report.workers.count { $0.state == state })
        }
    }

    /// Who holds a slot, slots without a worker, and the agent.
    private var holders: [WorkerReport] {
        report.workers.filter { $0.role == nil || $0.role == "incumbent" }
            + (report.agent.map { [$0] } ?? [])
    }

    private func sample(of metric: Metric, _ worker: WorkerReport) -> MetricSample? {
        let value: Double? =
            switch metric {
            case .workerRestarts: Double(worker.restarts)
            case .workerUptime: worker.uptimeSeconds
            case .workerProcessorTime: worker.cpuSeconds
            case .workerMemory: worker.memoryBytes.map { Double($0) }
            case .workerHeartbeatAge: worker.heartbeatSeconds
            case .workerConnections: worker.connections.map { Double($0) }
            case .workerRequests: worker.requests.map { Double($0) }
            case .workerRequestsUnderWay: worker.requestsUnderWay.map { Double($0) }
            default: nil
            }
        let slot = worker.slot == .ofAgent ? "agent" : "\(worker.slot)"
        return value.map { MetricSample(["slot": slot], $0) }
    }

    private static func labels(_ socket: ListenerReport) -> [String: String] {
        ["listener": socket.name, "address": socket.address]
    }

    // MARK: Counts

    private func counted(_ metric: Metric) -> [MetricSample] {
        switch metric {
        case .workerStarts:
            Tally.StartCause.allCases.map {
                MetricSample(["reason": $0.rawValue], tally.starts[$0])
            }
        case .workerExits:
            Tally.ExitCause.allCases.map { MetricSample(["reason": $0.rawValue], tally.exits[$0]) }
        case .rollouts:
            Tally.RolloutResult.allCases.map {
                MetricSample(["result": $0.rawValue], tally.rollouts[$0])
            }
        case .rolloutDuration:
            Tally.RolloutResult.allCases.filter(\.hasDuration).map { result in
                MetricSample(
                    ["result": result.rawValue],
                    tally.rolloutDurations[result] ?? DurationHistogram())
            }
        case .dispatchedConnections:
            tally.connections.enumerated().map { MetricSample(["slot": "\($0)"], $1) }
        case .messages: [MetricSample([:], tally.messages)]
        case .watchdogPings: [MetricSample([:], tally.watchdogPings)]
        default: []
        }
    }
}

extension MetricSample {
    fileprivate init(_ labels: [String: String], _ histogram: DurationHistogram) {
        let bounded = zip(DurationHistogram.bounds, histogram.counts).map {
            MetricBucket(upTo: Double($0), count: $1)
        }
        self.init(
            labels, histogram.seconds,
            buckets: bounded + [MetricBucket(upTo: nil, count: histogram.count)])
    }
}
