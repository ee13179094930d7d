// Every family of figures there is, with its unit and meaning.
// Invariant: units are base units and end the name; what has been published here keeps its meaning.

package enum Metric: String, CaseIterable, Sendable {
    // Told by whoever asks the masters.
    case up

    case buildInformation = "build_info"
    case poolState = "pool_state"
    case generation
    case workers
    case workersWanted = "workers_wanted"
    case workersReady = "workers_ready"
    case agentReady = "agent_ready"

    case workerStarts = "worker_starts"
    case workerExits = "worker_exits"
    case workerRestarts = "worker_restarts"
    case workerUptime = "worker_uptime_seconds"
    case workerProcessorTime = "worker_cpu_seconds"
    case workerMemory = "worker_resident_memory_bytes"
    case workerHeartbeatAge = "worker_heartbeat_age_seconds"
    case workerConnections = "worker_connections"
    case workerRequests = "worker_requests"
    case workerRequestsUnderWay = "worker_requests_under_way"

    case rolloutUnderWay = "rollout_under_way"
    case rollouts
    case rolloutDuration = "rollout_duration_seconds"

    case dispatchedConnections = "dispatched_connections"
    case messages
    case queueLength = "listen_queue_length"
    case queueLimit = "listen_queue_limit"
    case listenOverflows = "network_listen_overflows"
    case listenDrops = "network_listen_drops"

    case watchdogPings = "watchdog_pings"
    case masterProcessorTime = "master_cpu_seconds"
    case masterMemory = "master_resident_memory_bytes"

    package enum Kind: String, Sendable {
        case gauge, counter, histogram
    }

    /// As it stands behind `# TYPE`.
    package var name: String { "martlet_\(rawValue)" }

    package var kind: Kind {
        switch self {
        case .rolloutDuration: .histogram
        case .workerStarts, .workerExits, .workerRestarts, .workerProcessorTime, .workerRequests,
            .rollouts, .dispatchedConnections, .messages, .listenOverflows, .listenDrops,
            .watchdogPings, .masterProcessorTime:
            .counter
        case .up, .buildInformation, .poolState, .generation, .workers, .workersWanted,
            .workersReady, .agentReady,
            .workerUptime, .workerMemory, .workerHeartbeatAge, .workerConnections,
            .workerRequestsUnderWay, .rolloutUnderWay, .queueLength, .queueLimit, .masterMemory:
            .gauge
        }
    }

    package var unit: String? {
        ["seconds", "bytes"].first { rawValue.hasSuffix("_\($0)") }
    }

    package var help: String {
        switch self {
        case .up: "Whether the pool's master has answered."
        case .buildInformation: "1; the version of the master."
        case .poolState: "1 for the state the pool is in, 0 for the others."
        case .generation: "The generation that is rolled out, or being rolled out."
        case .workers: "Workers, and slots without one, by state."
        case .workersWanted: "Workers there should be."
        case .workersReady: "Slots with a worker that serves."
        case .agentReady: "Whether the pool's agent is ready, if it has one."
        case .workerStarts: "Workers started, by the reason."
        case .workerExits: "Workers that are gone, by what became of them."
        case .workerRestarts:
            "Workers started in the slot because the one before had ended by itself."
        case .workerUptime: "Age of the worker that holds the slot."
        case .workerProcessorTime:
            "Processor time of the main process of the worker that holds the slot."
        case .workerMemory: "Memory in RAM of the main process of the worker that holds the slot."
        case .workerHeartbeatAge:
            "Time since the last WATCHDOG=1 of the worker that holds the slot."
        case .workerConnections: "Open connections of the worker that holds the slot."
        case .workerRequests: "Requests answered by the worker that holds the slot."
        case .workerRequestsUnderWay: "Requests under way in the worker that holds the slot."
        case .rolloutUnderWay: "Whether a rollout is under way."
        case .rollouts: "Reloads that have ended, by their result."
        case .rolloutDuration: "Time from a reload's begin until its verdict was sure."
        case .dispatchedConnections: "Connections that the master has given to workers."
        case .messages: "Messages of workers that the master has passed on."
        case .queueLength: "Connections that wait to be accepted."
        case .queueLimit: "How many connections may wait to be accepted."
        case .listenOverflows:
            "Connections refused a place in a full queue, of all sockets of the network namespace."
        case .listenDrops:
            "Connections lost before they were accepted, of all sockets of the network namespace."
        case .watchdogPings: "WATCHDOG=1 sent to the service manager."
        case .masterProcessorTime: "Processor time of the master."
        case .masterMemory: "Memory of the master in RAM."
        }
    }
}
