// The two clocks the edge reads, so that nothing above it has to.

import Glibc

/// CLOCK_MONOTONIC: never set back, and it stands still while the machine sleeps, as systemd's
/// timeouts do.
package enum MonotonicClock {
    /// Nanoseconds since an arbitrary point, the boot of the machine in practice.
    ///
    /// The corresponding C function is `clock_gettime(2)`.
    package static func now() -> Int64 { read(CLOCK_MONOTONIC) }

    static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // Cannot fail: these clocks exist on every Linux.
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// CLOCK_REALTIME: what people and the journal call the time.
package enum WallClock {
    /// Microseconds since 1970-01-01 00:00 UTC.
    package static func now() -> Int64 { MonotonicClock.read(CLOCK_REALTIME) / 1_000 }
}
