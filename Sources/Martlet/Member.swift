// A worker of the pool, as its agent knows it.

import PoolWire

/// A worker that serves, by ``Worker/members``.
public struct Member: Sendable, Hashable {
    /// Its place in the pool, 0 to N-1.
    public let slot: Int
    /// Its process, as long as it is among those that serve.
    public let pid: Int32
    /// Which configuration it was started with, from 1 upwards.
    public let generation: Int

    init(_ entry: WorkerRoll.Entry) {
        slot = entry.slot
        pid = entry.pid
        generation = entry.generation
    }
}
