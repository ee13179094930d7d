import LinuxKernel
import PoolWire
import Testing

@testable import PoolMaster

@Suite("The figures of a pool")
struct FiguresTests {
    private static func worker(
        _ slot: Int, _ state: String, role: String? = "incumbent"
    ) -> WorkerReport {
        WorkerReport(
            slot: slot, incarnation: 1, generation: 2, state: state, role: role, pid: 9,
            uptimeSeconds: 1.5, restarts: 3, lastReason: "", memoryBytes: 1 << 40,
            requests: 7_000_000_000, requestsUnderWay: 4)
    }

    private static func figures(
        _ workers: [WorkerReport], agent: WorkerReport? = nil
    ) -> Figures {
        let report = PoolReport(
            pool: "web", state: "serving", pid: 8, generation: 2, wanted: 2, ready: 1, status: "",
            agent: agent, workers: workers,
            listeners: [
                ListenerReport(name: "http", kind: "stream", address: "127.0.0.1:8000")
            ])
        return Figures(report: report, tally: Tally())
    }

    private static func samples(of metric: Metric, in figures: Figures) -> [MetricSample] {
        figures.families.first { $0.name == metric.name }?.samples ?? []
    }

    @Test("are of the worker that holds the slot, not of those that come or go")
    func holders() {
        let figures = Self.figures([
            Self.worker(0, "ready"), Self.worker(0, "starting", role: "candidate"),
            Self.worker(0, "stopping", role: "leaver"),
            WorkerReport(slot: 1, generation: 2, state: "waiting", restarts: 5, lastReason: ""),
        ])
        func samples(of metric: Metric) -> [MetricSample] { Self.samples(of: metric, in: figures) }
        #expect(samples(of: .workerMemory) == [MetricSample(["slot": "0"], 1_099_511_627_776)])
        #expect(samples(of: .workerUptime) == [MetricSample(["slot": "0"], 1.5)])
        #expect(samples(of: .workerRequests) == [MetricSample(["slot": "0"], 7_000_000_000)])
        #expect(samples(of: .workerRequestsUnderWay) == [MetricSample(["slot": "0"], 4)])
        #expect(
            samples(of: .workerRestarts) == [
                MetricSample(["slot": "0"], 3), MetricSample(["slot": "1"], 5),
            ])
        let states = samples(of: .workers).filter { $0.value > 0 }
        #expect(
            states.compactMap { $0.labels["state"] } == [
                "starting", "ready", "stopping", "waiting",
            ])
    }

    @Test("tell of the agent apart")
    func agent() {
        let figures = Self.figures([], agent: Self.worker(-1, "ready"))
        #expect(Self.samples(of: .agentReady, in: figures) == [MetricSample([:], 1)])
        let memory = Self.samples(of: .workerMemory, in: figures)
        #expect(memory.map(\.labels) == [["slot": "agent"]])
        #expect(Self.samples(of: .agentReady, in: Self.figures([])).isEmpty)
        #expect(Self.samples(of: .workers, in: figures).allSatisfy { $0.value == 0 })
    }

    @Test("have each cause and result from the beginning, so that the first one is an increase")
    func zeros() {
        let figures = Self.figures([])
        let all: [(Metric, Int)] = [
            (.workerStarts, Tally.StartCause.allCases.count),
            (.workerExits, Tally.ExitCause.allCases.count),
            (.rollouts, Tally.RolloutResult.allCases.count), (.rolloutDuration, 3),
        ]
        for (metric, count) in all {
            let samples = Self.samples(of: metric, in: figures)
            #expect(samples.count == count)
            #expect(samples.allSatisfy { $0.value == 0 })
        }
    }

    @Test("stand in the text as they are, each in its family")
    func text() throws {
        var figures = Self.figures([Self.worker(0, "ready")], agent: Self.worker(-1, "ready"))
        figures.losses = ListenLosses.read()
        figures.usage = ProcessUsage.read(pid: OwnProcess.pid)
        var text = OpenMetricsText()
        text.add(figures.families, of: "web")
        let lines = Set(text.text.split(separator: "\n").map(String.init))
        let expected = [
            #"martlet_pool_state{pool="web",state="serving"} 1"#,
            #"martlet_worker_resident_memory_bytes{pool="web",slot="0"} 1099511627776"#,
            #"martlet_worker_requests_total{pool="web",slot="agent"} 7000000000"#,
            #"martlet_rollout_duration_seconds_count{pool="web",result="aborted"} 0"#,
        ]
        #expect(lines.isSuperset(of: expected))
        // None is left out on the way.
        let families = text.text.split(separator: "\n").count { $0.hasPrefix("# TYPE") }
        #expect(families == figures.families.count + 1)
    }
}
