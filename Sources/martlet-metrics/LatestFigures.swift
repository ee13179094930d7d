// The figures that were read last, for those who ask while they are new.
// Invariant: at most half of the time goes into asking masters, however many want to know.

import LinuxKernel

/// With a master that hangs, reading takes all the time it may, and whoever has asked meanwhile would
/// wait for as long once more, each behind the other, until the patience of the last is over.
struct LatestFigures {
    private var figures = ""
    private var newUntil: Int64?

    /// Nanoseconds of a clock that is never set back.
    var now: () -> Int64 = MonotonicClock.now

    /// - Parameter read: Called unless the figures are no older than what it took to read them.
    mutating func text(
        _ read: () throws(SystemError) -> String
    ) throws(SystemError) -> String {
        let begin = now()
        if let newUntil, begin <= newUntil { return figures }
        newUntil = nil
        figures = try read()
        let end = now()
        newUntil = end + (end - begin)
        return figures
    }
}
