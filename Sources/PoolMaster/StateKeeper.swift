// Keeps what the next master needs where it finds it.
// Invariant: before an effect is carried out it is written down with the state that wants it, and
// after it that it was; a master that is killed in between leaves at most one in doubt.

import LinuxKernel
import PoolCore

/// Writes the state of a master into its memory.
final class StateKeeper {
    let memory: StateMemory
    private let chronicle: Chronicle
    /// Whether something has changed since the state was last written.
    private(set) var isStale = true
    private var hasWarned = false
    /// Not before this, unless something is about to be done.
    private(set) var rests: Int64?

    /// What is only heard, not done, may be written so much later that writing takes a tenth of the
    /// time at most; where it is quick, as with some dozens of workers, it is written at once.
    private static let quick: Int64 = 200_000

    var isResting: Bool { rests.map { $0 > MonotonicClock.now() } ?? false }

    init(_ memory: StateMemory, _ chronicle: Chronicle) {
        self.memory = memory
        self.chronicle = chronicle
    }

    /// - Parameter succession: Its memory is gone on with.
    /// - Returns: `nil` where there is no memory for it.
    static func make(after succession: Succession?, _ chronicle: Chronicle) -> StateKeeper? {
        do throws(SystemError) {
            if let succession { return StateKeeper(succession.memory, chronicle) }
            return StateKeeper(try StateMemory.make(), chronicle)
        } catch {
            chronicle.tell(
                .warning, nil, "\(error); if this master dies its workers are ended with it")
            return nil
        }
    }

    func change() { isStale = true }

    /// The state with effects that are about to be carried out.
    ///
    /// - Returns: Whether it is there for the next master.
    @discardableResult
    func write(_ state: MasterState) -> Bool {
        let start = MonotonicClock.now()
        do {
            try memory.write(try state.encoded())
            isStale = false
            let now = MonotonicClock.now()
            let took = now - start
            rests = took > Self.quick ? now + 9 * took : nil
            return true
        } catch {
            warn("\(error)")
            return false
        }
    }

    /// One more of the effects that were written is carried out.
    func carriedOutOne() { memory.done += 1 }

    func isAlive(at now: Int64) { memory.aliveAt = now }

    /// Once: nothing can be done about it, and it may come back with every event.
    private func warn(_ why: String) {
        guard !hasWarned else { return }
        hasWarned = true
        chronicle.tell(
            .warning, nil,
            "\(why); if this master dies its workers are ended with it")
    }
}
