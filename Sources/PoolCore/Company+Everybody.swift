// Who there is in a pool, agent and all.

extension Company {
    /// Every process that was launched and is not reaped, or is to be launched.
    package var everybody: [Worker] { workers.workers + (agent?.workers ?? []) }

    /// Whether it is ready, and not on its way out.
    package func serves(_ id: WorkerID) -> Bool {
        everybody.contains { $0.id == id && $0.isReady && $0.role != .leaver }
    }
}
