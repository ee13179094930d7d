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
