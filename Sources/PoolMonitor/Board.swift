// Everything that is on show and what keys do about it: a value, without a terminal and a master.
// Invariant: what is chosen stays chosen while it is there, however the lists around it change.

import PoolWire

package struct Board: Sendable {
    package enum Focus: Sendable { case pools, workers }

    package enum JournalSize: CaseIterable, Sendable { case third, most, off }

    /// What the next key is for.
    package enum Mode: Hashable, Sendable {
        case view
        case help
        case filter
        case signal(WorkerKey, of: String, typed: String)
        case question(Deed)
    }

    /// What the caller has to do.
    package enum Wish: Hashable, Sendable {
        case quit
        case perform(Deed)
    }

    package private(set) var pools: [PoolEntry] = []
    package internal(set) var mode = Mode.view
    package internal(set) var focus = Focus.workers
    var order = WorkerOrder.slot
    var filter = ""
    var journalSize = JournalSize.third
    /// Remembered while it is not there: a pool that is restarted is chosen again.
    var wishedPool: String?
    var wishedWorker: WorkerKey?
    /// Where the chosen worker stood, for when it is gone.
    var lastRow = 0
    var notice: Notice? {
        didSet { ticksLeft = Self.noticeTicks }
    }
    private var ticksLeft = 0
    /// How many seconds a notice is to be seen, unless a key is pressed before.
    static let noticeTicks = 20
    /// Deeds under way with what is known of them, the oldest first.
    package private(set) var underWay: [(deed: Deed, progress: String)] = []
    package var journal = JournalText()
    /// The time of day.
    package var clock = ""

    package init() {}
}

/// The end of a journal.
package struct JournalText: Hashable, Sendable {
    package static let mostLines = 200

    package private(set) var lines: [String] = []
    /// Why there is nothing, or not all, to be seen.
    package var trouble: String?

    package init() {}

    package mutating func append(_ more: [String]) {
        lines += more
        if lines.count > Self.mostLines { lines.removeFirst(lines.count - Self.mostLines) }
    }
}

// MARK: What is known

extension Board {
    /// The pools there are, in the order they are to be shown in.
    ///
    /// - Parameter names: What is named twice is there once.
    package mutating func setPools(_ names: [String]) {
        var seen: Set<String> = []
        let names = names.filter { seen.insert($0).inserted }
        let known = Dictionary(pools.map { ($0.name, $0) }) { first, _ in first }
        pools = names.map { known[$0] ?? PoolEntry($0) }
        if wishedPool == nil { wishedPool = names.first }
    }

    package mutating func take(_ report: PoolReport, of pool: String, at now: Int64) {
        change(pool) { $0.take(report, at: now) }
        settleChoice()
    }

    package mutating func set(_ standing: PoolEntry.Standing, of pool: String) {
        change(pool) { $0.standing = standing }
    }

    private mutating func change(_ pool: String, _ body: (inout PoolEntry) -> Void) {
        guard let index = pools.firstIndex(where: { $0.name == pool }) else { return }
        body(&pools[index])
    }

    /// A second has passed.
    package mutating func age() {
        guard notice != nil else { return }
        ticksLeft -= 1
        if ticksLeft == 0 { notice = nil }
    }

    package mutating func begin(_ deed: Deed) {
        notice = nil
        underWay.append((deed, deed.underWay))
    }

    package mutating func progress(_ deed: Deed, _ status: String) {
        guard let index = underWay.firstIndex(where: { $0.deed == deed }) else { return }
        underWay[index].progress = "\(deed.underWay): \(status)"
    }

    package mutating func end(_ deed: Deed, _ answer: ControlAnswer) {
        end(deed, deed.verdict(answer))
    }

    package mutating func end(_ deed: Deed, _ verdict: Notice) {
        if let index = underWay.firstIndex(where: { $0.deed == deed }) {
            underWay.remove(at: index)
        }
        notice = verdict
    }
}

// MARK: What is chosen

extension Board {
    package var chosenPool: PoolEntry? { pools.first { $0.name == wishedPool } ?? pools.first }

    /// The rows of the table.
    var rows: [WorkerReport] {
        guard let pool = chosenPool, let report = pool.report else { return [] }
        return order.sorted(report.everybody.filter { $0.matches(filter) }, of: pool)
    }

    package var chosenWorker: WorkerReport? {
        let rows = rows
        return chosenRow(of: rows).map { rows[$0] }
    }

    func chosenRow(of rows: [WorkerReport]) -> Int? {
        guard !rows.isEmpty else { return nil }
        guard let wish = wishedWorker else { return min(lastRow, rows.count - 1) }
        // Itself, or whoever has come into its slot, or who stands where it stood.
        return rows.firstIndex { $0.key == wish }
            ?? rows.firstIndex { $0.slot == wish.slot && $0.role != "leaver" }
            ?? rows.firstIndex { $0.slot == wish.slot }
            ?? min(lastRow, rows.count - 1)
    }

    /// Remembers who is chosen now, so that a list in another order does not change it.
    mutating func settleChoice() {
        let rows = rows
        guard let row = chosenRow(of: rows) else { return }
        lastRow = row
        wishedWorker = rows[row].key
    }

    /// Whose journal is to be seen; `nil` for nobody's.
    package var journalSubject: JournalSubject? {
        guard journalSize != .off, let pool = chosenPool else { return nil }
        let slot = focus == .workers ? chosenWorker?.slot : nil
        return JournalSubject(pool: pool.name, slot: slot)
    }
}

/// Whose lines: a whole pool's, or one slot's with what the master says of it.
package struct JournalSubject: Hashable, Sendable {
    package let pool: String
    /// -1 is the agent.
    package let slot: Int?

    var title: String {
        switch slot {
        case nil: "journal of \(pool)"
        case .some(..<0): "journal of \(pool)/agent"
        case let slot?: "journal of \(pool)/\(slot)"
        }
    }
}
