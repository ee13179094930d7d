// Numbers that all workers of a pool share.

import LinuxKernel

/// A number of 64 bits that every worker of the pool can read and add to, at the cost of a few
/// nanoseconds. It outlives workers, reloads and masters, and begins at 0 when the pool starts.
///
/// ```swift
/// let visits = Worker.current.counter(named: "visits")
/// visits?.add(1)
/// ```
public struct Counter: Sendable {
    let shared: SharedCounter

    /// Adds to it, exactly, whoever does the same at the same time.
    ///
    /// - Parameter difference: Any; a negative one takes away.
    /// - Returns: The new value, as it was right after this. It wraps around.
    @discardableResult
    public func add(_ difference: Int64) -> Int64 { shared.add(difference) }

    /// What it is at this moment; others may add to it before the caller looks.
    public var value: Int64 { shared.value }
}
