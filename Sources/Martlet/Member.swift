// A worker of the pool, as its agent knows it.

import PoolWire

/// A worker that serves.
public struct Member: Sendable, Hashable {
    /// 0 to N-1.
    public let slot: Int
    public let pid: Int32
    /// Which configuration it was started with, from 1 upwards.
    public let generation: Int

    init(_ entry: WorkerRoll.Entry) {
        slot = entry.slot
        pid = entry.pid
        generation = entry.generation
    }
}
