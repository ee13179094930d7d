// A master's way out that leaves its workers to the next one.

import LinuxKernel
import PoolCore

/// What is left to do before it goes.
enum Departure {
    /// Another binary is asked whether it can go on.
    case checking(StateCheck)
    /// What is on its way to workers is sent; nothing more is accepted.
    case emptying(Kind, until: Instant, for: RequestID?)

    /// How it goes, as the next master reads it.
    enum Kind: UInt32 {
        case restart = 1
        case execution = 2

        var cause: Resumption.Cause { self == .restart ? .restart : .execution }
    }

    /// What a master leaves behind in `StateMemory.departure`: how it has gone, or how many in a row
    /// have tried to go on where it was.
    struct Mark {
        var kind: Kind?
        var attempts: UInt32 = 0

        init(attempts: UInt32) { self.attempts = attempts }

        init(rawValue: UInt32) {
            kind = Kind(rawValue: rawValue & 0xff)
            attempts = rawValue >> 8
        }

        var rawValue: UInt32 { attempts << 8 | (kind?.rawValue ?? 0) }
    }

    /// A state that so many masters in a row have died over is at fault itself.
    static let mostAttempts: UInt32 = 3

    /// How long a worker that does not read is waited for.
    static var patience: Duration { .seconds(2) }
}
