// How often each of a fixed set of things was seen.
// Invariant: every case has its place, so that what was never seen is a zero and no gap.

/// A name for each thing that is counted.
package protocol Countable: CaseIterable, Hashable, Sendable, RawRepresentable
where RawValue == Int, AllCases == [Self] {}

package struct Counts<Kind: Countable>: Sendable {
    private var counts = [Int](repeating: 0, count: Kind.allCases.count)

    package init() {}

    package subscript(kind: Kind) -> Int {
        get { counts[kind.rawValue] }
        set { counts[kind.rawValue] = newValue }
    }

    package var total: Int { counts.reduce(0, +) }

    /// What was never seen.
    package var missing: [String] {
        Kind.allCases.filter { self[$0] == 0 }.map { "\(Kind.self).\($0)" }
    }

    package static func += (sum: inout Counts, more: Counts) {
        for index in sum.counts.indices { sum.counts[index] += more.counts[index] }
    }

    /// The plain numbers, in the order of the cases, and back.
    var numbers: [Int] {
        get { counts }
        set { counts = newValue }
    }
}
