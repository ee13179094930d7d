// The book on generations: each is read in a reload, released once, and launched never again after
// that.

import PoolCore

struct GenerationBook: Book {
    private var released: Set<GenerationNumber> = []

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        switch effect {
        case .launch(let id, let number):
            findings.check(
                !released.contains(number), "\(id) is of generation \(number), which was released")
        case .readConfiguration(let number):
            findings.check(
                turn.manager.isReloading, "a configuration is read outside of a reload")
            findings.check(number > turn.after.settled, "generation \(number) is read anew")
        case .release(let number):
            findings.check(
                released.insert(number).inserted, "generation \(number) is released twice")
            findings.check(number != turn.after.settled, "the settled generation is released")
        default: break
        }
    }

    /// What nobody needs any more is given up at once.
    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        let pool = turn.after
        guard pool.phase == .rising || pool.phase == .serving else { return }
        for number in pool.generations.map(\.number) where number != pool.settled {
            let isNeeded =
                pool.rollout?.target == number
                || pool.workers.contains { $0.generation == number }
                || pool.seats.contains { $0.generation == number }
            findings.check(isNeeded, "generation \(number) is kept for nothing")
        }
    }
}
