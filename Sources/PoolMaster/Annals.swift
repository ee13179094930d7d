// What has happened to the pool lately, for whoever asks why.
// Invariant: at most `capacity` entries are kept; the oldest goes first.

import PoolCore

/// The latest entries of the pool's story.
struct Annals {
    static let capacity = 1_000

    struct Entry: Codable {
        /// Microseconds since 1970.
        let time: Int64
        let record: Record
    }

    private var entries: [Entry] = []
    /// Where the oldest stands once the ring is full.
    private var oldest = 0

    init() {}

    /// - Parameter entries: The oldest first, no more than `capacity` of them.
    init(_ entries: [Entry]) {
        self.entries = entries.suffix(Self.capacity)
    }

    /// The oldest first.
    var all: [Entry] { entries(of: nil) }

    /// - Returns: What it was kept as.
    @discardableResult
    mutating func add(_ record: Record, at time: Int64) -> Entry {
        let entry = Entry(time: time, record: record)
        if entries.count < Self.capacity {
            entries.append(entry)
        } else {
            entries[oldest] = entry
            oldest = (oldest + 1) % Self.capacity
        }
        return entry
    }

    /// The oldest first; with a slot, what concerns that one and what concerns everybody.
    func entries(of slot: Slot?) -> [Entry] {
        let ordered = entries[oldest...] + entries[..<oldest]
        guard let slot else { return Array(ordered) }
        return ordered.filter { $0.record.slot == slot || $0.record.slot == nil }
    }
}
