// Which of the master's connections the program has: what is answered for.
// Invariant: a number is answered for once, and "taken through N" never covers one that is not.

/// The connections that were given and not answered for, in their order.
struct Ledger {
    private var open: [UInt32] = []
    private var last: UInt32?

    mutating func given(_ number: UInt32) {
        open.append(number)
        last = number
    }

    /// The program has it, or it was refused.
    ///
    /// - Returns: Through which number all are settled now, if that has changed.
    mutating func settle(_ number: UInt32) -> UInt32? {
        guard let index = open.firstIndex(of: number) else { return nil }
        open.remove(at: index)
        guard index == 0 else { return nil }
        return open.first.map { $0 &- 1 } ?? last
    }
}
