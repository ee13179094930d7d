// What will happen in the world, by time; what was put down first happens first.

import PoolCore

struct Agenda {
    enum Entry {
        /// Indirect, as an event may hold a whole configuration, and entries are moved often.
        indirect case tell(Event)
        case exit(WorkerID, ExitStatus)
        case notice(WorkerID, Notice)
        /// From a process that its worker has started and left behind.
        case lateNotice(WorkerID, Notice)
        case beat(WorkerID)
        case crash(WorkerID)
    }

    private var entries: [(Instant, Entry)] = []

    var first: (Instant, Entry)? { entries.last }

    mutating func removeFirst() { entries.removeLast() }

    func contains(_ isMeant: (Entry) -> Bool) -> Bool { entries.contains { isMeant($0.1) } }

    /// What was taken out, in its order.
    mutating func removeAll(_ isMeant: (Instant, Entry) -> Bool) -> [Entry] {
        let found = entries.filter(isMeant).map(\.1)
        if !found.isEmpty { entries.removeAll(where: isMeant) }
        return found.reversed()
    }

    /// Kept latest first, so that the next one is the last.
    mutating func add(_ time: Instant, _ entry: Entry) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].0 > time { low = middle + 1 } else { high = middle }
        }
        entries.insert((time, entry), at: low)
    }
}
