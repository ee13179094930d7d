// Requests, counted for the master.
// Invariant: whoever counts is asked to wake the engine once between two tellings.

import LinuxKernel

final class RequestTally: Sendable {
    private let state = Locked(State())

    private struct State {
        var underWay = 0
        var finished: UInt32 = 0
        var isNews = false
        var isUsed = false

        /// - Returns: Whether it was none before.
        mutating func becomeNews() -> Bool {
            defer { isNews = true }
            return !isNews
        }
    }

    /// - Returns: Whether the engine has to be woken.
    func began() -> Bool {
        state.withLock { state in
            state.isUsed = true
            state.underWay += 1
            return state.becomeNews()
        }
    }

    /// - Returns: As `began`. An end without a beginning counts for nothing.
    func ended() -> Bool {
        state.withLock { state in
            guard state.underWay > 0 else { return false }
            state.underWay -= 1
            state.finished &+= 1
            return state.becomeNews()
        }
    }

    /// Whoever is to be told now has not heard how many are under way.
    func tellAgain() {
        state.withLock { $0.isNews = $0.isNews || $0.isUsed }
    }

    var isNews: Bool { state.withLock { $0.isNews } }

    /// What is to be told: those that have ended since the last time, and those under way.
    func take() -> (finished: UInt32, underWay: UInt16) {
        state.withLock { state in
            defer { (state.finished, state.isNews) = (0, false) }
            return (state.finished, UInt16(clamping: state.underWay))
        }
    }
}
