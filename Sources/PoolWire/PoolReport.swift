// A pool as it is told to others: what Status answers and `martletctl status --json` prints.
// Invariant: it always has a JSON form: seconds are finite, and rounded to milliseconds.
//
// The types of io.martlet.Pool, field by field: PoolInterface.swift says what they mean.

package struct PoolReport: Codable, Hashable, Sendable {
    package let pool: String
    package let state: String
    package let pid: Int32
    package let master: MasterReport?
    package let generation: Int
    package let wanted: Int
    package let spare: Int?
    package let ready: Int
    package let status: String
    package let lastFailure: String?
    package let configuration: String?
    package let rollout: RolloutReport?
    package let agent: WorkerReport?
    package let workers: [WorkerReport]
    package let listeners: [ListenerReport]

    package init(
        pool: String, state: String, pid: Int32, master: MasterReport? = nil, generation: Int,
        wanted: Int, spare: Int? = nil, ready: Int, status: String, lastFailure: String? = nil,
        configuration: String? = nil, rollout: RolloutReport? = nil, agent: WorkerReport? = nil,
        workers: [WorkerReport], listeners: [ListenerReport]
    ) {
        self.pool = pool
        self.state = state
        self.pid = pid
        self.master = master
        self.generation = generation
        self.wanted = wanted
        self.spare = spare
        self.ready = ready
        self.status = status
        self.lastFailure = lastFailure
        self.configuration = configuration
        self.rollout = rollout
        self.agent = agent
        self.workers = workers
        self.listeners = listeners
    }
}

package struct MasterReport: Codable, Hashable, Sendable {
    package let pid: Int32
    package let number: Int
    package let version: String
    package let secondsRunning: Double

    package init(pid: Int32, number: Int, version: String, secondsRunning: Double) {
        self.pid = pid
        self.number = number
        self.version = version
        self.secondsRunning = secondsRunning.asSeconds
    }
}

package struct RolloutReport: Codable, Hashable, Sendable {
    package let from: Int
    package let to: Int
    package let stage: String
    package let paused: Bool?
    package let replaced: Int
    package let clearing: [Int]?
    package let rising: [Int]
    package let waiting: [Int]
    package let secondsUnderWay: Double

    package init(
        from: Int, to: Int, stage: String, paused: Bool? = nil, replaced: Int,
        clearing: [Int]? = nil, rising: [Int], waiting: [Int], secondsUnderWay: Double
    ) {
        self.from = from
        self.to = to
        self.stage = stage
        self.paused = paused
        self.replaced = replaced
        self.clearing = clearing
        self.rising = rising
        self.waiting = waiting
        self.secondsUnderWay = secondsUnderWay.asSeconds
    }
}

package struct WorkerReport: Codable, Hashable, Sendable {
    package let slot: Int
    package let incarnation: UInt64?
    package let generation: Int
    package let state: String
    package let role: String?
    package let pid: Int32?
    package let uptimeSeconds: Double?
    package let nextStartSeconds: Double?
    package let restarts: Int
    package let lastReason: String
    package let delay: String?
    package let statusText: String?
    package let memoryBytes: UInt64?
    package let ownMemoryBytes: UInt64?
    package let requests: UInt64?
    package let requestsUnderWay: Int?
    package let connections: Int?
    package let cpuSeconds: Double?
    package let heartbeatSeconds: Double?

    package init(
        slot: Int, incarnation: UInt64? = nil, generation: Int, state: String,
        role: String? = nil, pid: Int32? = nil, uptimeSeconds: Double? = nil,
        nextStartSeconds: Double? = nil, restarts: Int, lastReason: String, delay: String? = nil,
        statusText: String? = nil, memoryBytes: UInt64? = nil, ownMemoryBytes: UInt64? = nil,
        requests: UInt64? = nil, requestsUnderWay: Int? = nil, connections: Int? = nil,
        cpuSeconds: Double? = nil, heartbeatSeconds: Double? = nil
    ) {
        self.slot = slot
        self.incarnation = incarnation
        self.generation = generation
        self.state = state
        self.role = role
        self.pid = pid
        self.uptimeSeconds = uptimeSeconds?.asSeconds
        self.nextStartSeconds = nextStartSeconds?.asSeconds
        self.restarts = restarts
        self.lastReason = lastReason
        self.delay = delay
        self.statusText = statusText
        self.memoryBytes = memoryBytes
        self.ownMemoryBytes = ownMemoryBytes
        self.requests = requests
        self.requestsUnderWay = requestsUnderWay
        self.connections = connections
        self.cpuSeconds = cpuSeconds?.asSeconds
        self.heartbeatSeconds = heartbeatSeconds?.asSeconds
    }
}

package struct ListenerReport: Codable, Hashable, Sendable {
    package let name: String
    package let kind: String
    package let address: String
    package let asked: String?

    package init(name: String, kind: String, address: String, asked: String? = nil) {
        self.name = name
        self.kind = kind
        self.address = address
        self.asked = asked
    }
}

extension Double {
    fileprivate var asSeconds: Double {
        guard isFinite, magnitude < 1e12 else { return 0 }
        return (self * 1000).rounded() / 1000
    }
}
