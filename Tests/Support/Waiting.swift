// Waiting with an end, which is the test's failure.

import Glibc
import LinuxKernel

/// What a test stands on has failed.
package struct SupportFailed: Error, CustomStringConvertible {
    package let description: String

    package init(_ sentence: String) {
        description = sentence
    }
}

/// Waits for events of a descriptor, at most 20 seconds.
@discardableResult
package func awaitEvents(
    _ descriptor: borrowing FileDescriptor, _ events: EpollEvents = .readable
) throws -> EpollEvents {
    let epoll = try Epoll()
    try epoll.add(descriptor, events, token: 0)
    var seen: EpollEvents = []
    let count = try epoll.wait(nanoseconds: 20_000_000_000) { seen = $0.events }
    guard count == 1 else { throw SupportFailed("nothing happened in 20 seconds") }
    return seen
}

/// Asks again for at most 20 seconds. For what depends on a descriptor being closed for good: a
/// child that another test is launching has a copy of it until its exec.
package func eventually(_ condition: () throws -> Bool) throws -> Bool {
    let deadline = MonotonicClock.now() + 20_000_000_000
    while try !condition() {
        if MonotonicClock.now() > deadline { return false }
        sched_yield()
    }
    return true
}
