// How the core knows a worker: by slot and incarnation, never by pid.
// Invariant: an incarnation is given once in the life of a pool, so a late event can't be mistaken.

/// A place in the pool, 0…N-1, stable over restarts of the worker in it.
package typealias Slot = Int

/// One launch of one worker.
package struct WorkerID: Hashable, Codable, Sendable, Comparable, CustomStringConvertible {
    package let slot: Slot
    /// Unique in the pool, from 1 upwards.
    package let incarnation: UInt64

    package init(slot: Slot, incarnation: UInt64) {
        self.slot = slot
        self.incarnation = incarnation
    }

    package static func < (left: WorkerID, right: WorkerID) -> Bool {
        left.incarnation < right.incarnation
    }

    package var description: String { "\(slot).\(incarnation)" }
}

extension Slot {
    /// What stands in place of a slot for the agent, which has none.
    package static let ofAgent = -1
}

/// The number of an accepted configuration: 1 for the one the pool started with, one more for each
/// rollout.
package typealias GenerationNumber = Int

/// Somebody who waits for the verdict on a rollout; the edge knows who.
package typealias RequestID = UInt64
