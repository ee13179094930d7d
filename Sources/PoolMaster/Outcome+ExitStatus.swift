// How a pool's end looks to whoever started it.

import PoolCore

extension Outcome {
    /// The exit status of martletd(8).
    package var exitStatus: Int32 {
        switch self {
        case .stopped, .finished: 0
        case .failed: 1
        case .neverReady: StartRefused.Cause.unavailable.rawValue
        }
    }
}
