// What both worlds make of the end of a master: how long nobody watches, and what is lost with it.

import PoolCore

extension Generator {
    mutating func endOfMaster() -> Resumption.Cause {
        oneIn(2) ? .death : pick([.restart, .execution])
    }

    /// From nothing at all to minutes; who executes itself is back at once.
    mutating func gap(after cause: Resumption.Cause) -> Duration {
        switch cause {
        case .execution: return duration(upTo: .milliseconds(100))
        case .death, .restart:
            let most: [Duration] = [
                .zero, .milliseconds(1), .seconds(1), .seconds(20), .seconds(300),
            ]
            return duration(upTo: pick(most))
        }
    }

    /// What is known of an end that was not waited for: a kernel may know more.
    mutating func report(of status: ExitStatus, after cause: Resumption.Cause) -> ExitStatus {
        cause == .execution || oneIn(3) ? status : .unknown
    }

    /// The unit's `WatchdogSec=` may be another one by now.
    mutating func watchdog(insteadOf interval: Duration?) -> Duration? {
        oneIn(4) ? pick([nil, .seconds(4), .seconds(10)]) : interval
    }
}

extension Resumption.Cause {
    var trouble: Trouble {
        switch self {
        case .death: .masterKilled
        case .restart: .masterRestarted
        case .execution: .masterExecuted
        }
    }
}
