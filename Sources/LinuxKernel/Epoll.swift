// The one place where the master waits.
// Invariant: a descriptor is known by the token its owner chose, never by its number.

import CLinux
import Glibc

/// What epoll reports of a descriptor, and what it is asked for.
package struct EpollEvents: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let readable = EpollEvents(rawValue: EPOLLIN.rawValue)
    package static let writable = EpollEvents(rawValue: EPOLLOUT.rawValue)
    /// A changed `cgroup.events`, a pressure threshold passed.
    package static let priority = EpollEvents(rawValue: EPOLLPRI.rawValue)
    /// The peer will send nothing more.
    package static let peerClosed = EpollEvents(rawValue: EPOLLRDHUP.rawValue)
    /// Reported even if not asked for, as is `error`.
    package static let hangUp = EpollEvents(rawValue: EPOLLHUP.rawValue)
    package static let error = EpollEvents(rawValue: EPOLLERR.rawValue)
}

/// One event of a wait.
package struct EpollEvent: Sendable {
    package let token: UInt64
    package let events: EpollEvents
}

/// An epoll instance, level-triggered, and the buffer its events are read into.
package struct Epoll: ~Copyable {
    private let descriptor: FileDescriptor
    private let buffer: UnsafeMutableBufferPointer<epoll_event>

    /// - Parameter capacity: How many events one wait returns at most; the rest come with the next.
    ///
    /// The corresponding C function is `epoll_create1(2)`.
    package init(capacity: Int = 64) throws(SystemError) {
        let raw = try systemCall { epoll_create1(Int32(EPOLL_CLOEXEC)) }
            .get("create an epoll instance")
        descriptor = FileDescriptor(owning: raw)
        buffer = .allocate(capacity: max(capacity, 1))
        buffer.initialize(repeating: epoll_event())
    }

    deinit {
        buffer.deallocate()
    }

    /// Watches a descriptor. It must be removed before its owner closes it if a duplicate of it is
    /// open anywhere, in another process too: epoll(7), question 6.
    package borrowing func add(
        _ target: borrowing FileDescriptor, _ events: EpollEvents, token: UInt64
    ) throws(SystemError) {
        try control(EPOLL_CTL_ADD, target, events, token, "watch a descriptor")
    }

    package borrowing func modify(
        _ target: borrowing FileDescriptor, _ events: EpollEvents, token: UInt64
    ) throws(SystemError) {
        try control(EPOLL_CTL_MOD, target, events, token, "watch a descriptor differently")
    }

    package borrowing func remove(_ target: borrowing FileDescriptor) throws(SystemError) {
        try control(EPOLL_CTL_DEL, target, [], 0, "stop watching a descriptor")
    }

    /// Watches another instance: it is readable while it has events of its own.
    package borrowing func add(_ inner: borrowing Epoll, token: UInt64) throws(SystemError) {
        try add(inner.descriptor, .readable, token: token)
    }

    /// Tells of another instance that is watched already, or does not for a while.
    package borrowing func setWatching(
        _ isWatching: Bool, _ inner: borrowing Epoll, token: UInt64
    ) throws(SystemError) {
        try modify(inner.descriptor, isWatching ? .readable : [], token: token)
    }

    private borrowing func control(
        _ deed: Int32, _ target: borrowing FileDescriptor, _ events: EpollEvents, _ token: UInt64,
        _ operation: String
    ) throws(SystemError) {
        let epoll = descriptor.rawValue
        let raw = target.rawValue
        var event = epoll_event()
        event.events = events.rawValue
        event.data.u64 = token
        _ = try systemCall { epoll_ctl(epoll, deed, raw, &event) }.get(operation)
    }

    /// Waits for events, or until the time is over.
    ///
    /// - Parameter nanoseconds: `nil` waits for ever, 0 or less not at all. From a millisecond on it
    ///   is rounded up to whole ones, as a wait that ends before the deadline would only be made
    ///   again.
    /// - Returns: How many events there are; 0 after the time, or when a signal cut the wait short:
    ///   whoever computed the deadline computes it again.
    ///
    /// The corresponding C functions are `epoll_wait(2)` and `epoll_pwait2(2)`.
    package borrowing func wait(
        nanoseconds: Int64?, _ body: (EpollEvent) -> Void
    ) throws(SystemError) -> Int {
        var count = waitShortly(nanoseconds)
        if count < 0 {
            count = epoll_wait(
                descriptor.rawValue, buffer.baseAddress!, Int32(clamping: buffer.count),
                Self.milliseconds(nanoseconds))
        }
        guard count >= 0 else {
            let code = errno
            if code == EINTR { return 0 }
            throw SystemError(code: code, operation: "wait for events")
        }
        for index in 0..<Int(count) {
            let event = buffer[index]
            body(
                EpollEvent(token: event.data.u64, events: EpollEvents(rawValue: event.events)))
        }
        return Int(count)
    }

    /// Less than a millisecond, where the kernel has the call for it (5.11) and no filter forbids it.
    ///
    /// - Returns: -1 if it must be waited otherwise.
    private borrowing func waitShortly(_ nanoseconds: Int64?) -> Int32 {
        guard let nanoseconds, 0 < nanoseconds, nanoseconds < 1_000_000 else { return -1 }
        var time = timespec(tv_sec: 0, tv_nsec: Int(nanoseconds))
        return epoll_pwait2(
            descriptor.rawValue, buffer.baseAddress!, Int32(clamping: buffer.count), &time, nil)
    }

    static func milliseconds(_ nanoseconds: Int64?) -> Int32 {
        guard let nanoseconds else { return -1 }
        guard nanoseconds > 0 else { return 0 }
        return Int32(clamping: (nanoseconds - 1) / 1_000_000 + 1)
    }
}
