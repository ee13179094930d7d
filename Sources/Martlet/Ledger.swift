// Which of the master's connections are here: what is answered for, and what has not ended.
// Invariant: a number is answered for once, to the master that gave it, and "taken through N" never
// covers one that is not; what is held of a socket is never less than none.

/// The connections of the master, and of those before it.
struct Ledger {
    /// Given by this master and not answered for, in their order.
    private var open: [UInt32] = []
    private var last: UInt32?
    /// How many masters came before.
    private var master = 0
    /// Given and not ended, whoever gave them: so many of each socket.
    private var held: [Int: Int] = [:]

    /// What a connection is known by.
    struct Receipt: Equatable, Sendable {
        let number: UInt32
        fileprivate let master: Int
    }

    mutating func given(_ number: UInt32, at index: Int) -> Receipt {
        open.append(number)
        last = number
        held[index, default: 0] += 1
        return Receipt(number: number, master: master)
    }

    /// Whether an answer for it is due. One of a master before is the program's without an answer.
    func isOpen(_ receipt: Receipt) -> Bool {
        receipt.master == master && open.contains(receipt.number)
    }

    /// The program has it, or it was refused.
    ///
    /// - Returns: Through which number all are settled now, if that has changed.
    mutating func settle(_ receipt: Receipt) -> UInt32? {
        guard receipt.master == master, let index = open.firstIndex(of: receipt.number) else {
            return nil
        }
        open.remove(at: index)
        guard index == 0 else { return nil }
        return open.first.map { $0 &- 1 } ?? last
    }

    /// It is here no more.
    mutating func ended(at index: Int) {
        guard let count = held[index], count > 1 else {
            held[index] = nil
            return
        }
        held[index] = count - 1
    }

    /// Another master asks, which knows of no number.
    ///
    /// - Returns: What is held, by the index of the socket, in their order.
    mutating func resume() -> [(index: Int, count: Int)] {
        master += 1
        open = []
        last = nil
        return held.sorted { $0.key < $1.key }.map { (index: $0.key, count: $0.value) }
    }
}
