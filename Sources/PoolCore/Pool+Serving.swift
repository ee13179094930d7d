// Who serves, for those who have something to give to workers.

extension Pool {
    /// The workers that are ready, one a slot and in the order of slots; of two the younger, as it is
    /// there to stay.
    package var servingWorkers: [WorkerID] {
        var holders: [Slot: WorkerID] = [:]
        for worker in serving {
            holders[worker.id.slot] = max(worker.id, holders[worker.id.slot] ?? worker.id)
        }
        return holders.values.sorted { $0.slot < $1.slot }
    }

    /// Those that are to serve and are not ready yet, in the order of their starts.
    package var risingWorkers: [WorkerID] { workers.filter(\.isRising).map(\.id) }
}
