import CLinux
import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

@Suite("Epoll")
struct EpollTests {
    @Test("reports by token what it was asked for, until it is asked no more")
    func tokens() throws {
        let epoll = try Epoll()
        let first = try Pipe()
        let second = try Pipe()
        try epoll.add(first.readEnd.descriptor, .readable, token: .max)
        try epoll.add(second.readEnd.descriptor, .readable, token: 2)
        func wait() throws -> [UInt64: EpollEvents] {
            var seen: [UInt64: EpollEvents] = [:]
            _ = try epoll.wait(nanoseconds: 0) { seen[$0.token] = $0.events }
            return seen
        }
        #expect(try wait() == [:])
        for pipe in [first, second] {
            #expect(write(try #require(pipe.writeEnd).rawValue, "x", 1) == 1)
        }
        #expect(try wait() == [.max: .readable, 2: .readable])
        try epoll.modify(first.readEnd.descriptor, [], token: 1)
        #expect(try wait() == [2: .readable])
        try epoll.remove(second.readEnd.descriptor)
        #expect(try wait() == [:])
        #expect(throws: SystemError.self) { try epoll.remove(second.readEnd.descriptor) }
    }

    @Test("returns what its buffer holds and the rest the next time")
    func capacity() throws {
        let epoll = try Epoll(capacity: 2)
        let pipes = try (0..<3).map { _ in try Pipe() }
        for (index, pipe) in pipes.enumerated() {
            try epoll.add(
                try #require(pipe.writeEnd).descriptor, .writable, token: UInt64(index))
        }
        var seen: Set<UInt64> = []
        for _ in 0..<2 { #expect(try epoll.wait(nanoseconds: nil) { seen.insert($0.token) } == 2) }
        #expect(seen == [0, 1, 2])
    }

    @Test(
        "rounds its time up, so that it never wakes before the deadline",
        arguments: [
            (nil, -1), (-5, 0), (0, 0), (1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2),
            (.max, .max),
        ] as [(Int64?, Int32)])
    func rounding(nanoseconds: Int64?, milliseconds: Int32) {
        #expect(Epoll.milliseconds(nanoseconds) == milliseconds)
    }

    @Test("ends when the time is over")
    func timeout() throws {
        let epoll = try Epoll()
        let start = MonotonicClock.now()
        #expect(try epoll.wait(nanoseconds: 3_000_000) { _ in } == 0)
        #expect(MonotonicClock.now() - start >= 3_000_000)
    }

    @Test("waits for less than a millisecond, not for none", arguments: [1, 250_000, 999_999])
    func shortWait(nanoseconds: Int64) throws {
        let epoll = try Epoll()
        let start = MonotonicClock.now()
        #expect(try epoll.wait(nanoseconds: nanoseconds) { _ in } == 0)
        #expect(MonotonicClock.now() - start >= nanoseconds)
        let pipe = try Pipe()
        try epoll.add(try #require(pipe.writeEnd).descriptor, .writable, token: 3)
        #expect(try epoll.wait(nanoseconds: nanoseconds) { _ in } == 1)
    }

    @Test("tells of the events of another instance, unless that rests")
    func nested() throws {
        let outer = try Epoll()
        let inner = try Epoll()
        let pipe = try Pipe()
        try outer.add(inner, token: 1)
        try inner.add(try #require(pipe.writeEnd).descriptor, .writable, token: 2)
        var tokens: [UInt64] = []
        _ = try outer.wait(nanoseconds: nil) { tokens.append($0.token) }
        _ = try inner.wait(nanoseconds: 0) { tokens.append($0.token) }
        #expect(tokens == [1, 2])
        try outer.setWatching(false, inner, token: 1)
        #expect(try outer.wait(nanoseconds: 0) { _ in } == 0)
        try outer.setWatching(true, inner, token: 1)
        _ = try outer.wait(nanoseconds: 0) { tokens.append($0.token) }
        #expect(tokens == [1, 2, 1])
    }
}

@Suite("A bell") struct WakeupTests {
    @Test("is heard once, however often it was rung")
    func rings() throws {
        let wakeup = try Wakeup()
        let epoll = try Epoll()
        try epoll.add(wakeup.descriptor, .readable, token: 0)
        #expect(try epoll.wait(nanoseconds: 0) { _ in } == 0)
        for _ in 0..<3 { wakeup.ring() }
        #expect(try epoll.wait(nanoseconds: 0) { _ in } == 1)
        wakeup.answer()
        wakeup.answer()
        #expect(try epoll.wait(nanoseconds: 0) { _ in } == 0)
    }
}

@Suite("A signal source", .serialized)
struct SignalSourceTests {
    @Test("reads each blocked signal with its sender, and restores the mask")
    func signals() throws {
        let before = blockedSignals()
        // Directed at this thread, as signals for the process may go to any other.
        let source = try SignalSource([SIGUSR1, SIGHUP])
        #expect(try source.read() == [])
        pthread_kill(pthread_self(), SIGUSR1)
        pthread_kill(pthread_self(), SIGHUP)
        pthread_kill(pthread_self(), SIGHUP)
        _ = try awaitEvents(source.descriptor)
        let received = try source.read()
        #expect(Set(received.map(\.number)) == [SIGUSR1, SIGHUP])
        #expect(received.count == 2, "a signal that waits already is not kept twice")
        #expect(received.allSatisfy { $0.senderPid == getpid() && $0.senderUser == getuid() })
        #expect(try source.read() == [])
        source.restoreSignals()
        #expect(blockedSignals() == before)
    }

    private func blockedSignals() -> [Int32] {
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &mask)
        return (1...64).filter { sigismember(&mask, $0) == 1 }
    }
}
