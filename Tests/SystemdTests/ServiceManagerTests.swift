import Glibc
import LinuxKernel
import TestSupport
import Testing

@testable import Systemd

@Suite("The service manager", .timeLimit(.minutes(1)))
struct ServiceManagerTests {
    @Test("gets each notification as one message, in order, from the process itself")
    func messages() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/notify"
        let receiver = try DatagramSocket.bind(path: path)
        let before = MonotonicClock.now() / 1_000
        let probe = try runProbe("notify") { request in
            request.environment += ["NOTIFY_SOCKET=\(path)", "WATCHDOG_USEC=2500000"]
            request.ownPidVariables = ["WATCHDOG_PID"]
        }
        let after = MonotonicClock.now() / 1_000
        #expect(
            probe.output == [
                "present true", "watchdog 2.5 seconds", "sent true", "watchdog again true",
            ])
        let received = try SystemdTests.messages(receiver)
        try #require(received.count == 5)
        #expect(received[0] == "READY=1\nSTATUS=gen 1: 2/2 ready READY=0")
        let reloading = received[1].split(separator: "=")
        #expect(reloading.dropLast() == ["RELOADING", "1\nMONOTONIC_USEC"])
        let time = try #require(reloading.last.flatMap { Int64($0) })
        #expect((before...after).contains(time))
        #expect(received[2] == "EXTEND_TIMEOUT_USEC=1500000\nERRNO=2")
        #expect(received[3...] == ["WATCHDOG=1", "STOPPING=1"])
    }

    @Test("is absent without a socket, and so is its watchdog for another process")
    func absent() throws {
        let probe = try runProbe("notify") { request in
            request.environment.removeAll { $0.hasPrefix("NOTIFY_SOCKET=") }
            request.environment += ["WATCHDOG_USEC=2500000", "WATCHDOG_PID=1"]
        }
        #expect(probe.output == ["present false", "watchdog none", "sent false"])
    }

    @Test("that is gone is an error, and so is a watchdog's time that is no number")
    func errors() throws {
        let gone = try runProbe("notify") { request in
            request.environment += ["NOTIFY_SOCKET=/proc/nonexistent/socket"]
        }
        #expect(gone.exit == .exited(70))
        #expect(gone.output == ["present true", "watchdog none"])
        let senseless = try runProbe("notify") { request in
            request.environment += ["WATCHDOG_USEC=soon"]
        }
        #expect(senseless.exit == .exited(70))
    }

    @Test(
        "is told times in whole microseconds, never negative and never too large",
        arguments: [
            (.milliseconds(1_500), "1500000"), (.nanoseconds(999), "0"), (.seconds(-1), "0"),
            (.seconds(Int64.max), "9223372036854775807"),
        ] as [(Duration, String)])
    func times(duration: Duration, text: String) {
        let line = ServiceNotification.extendTimeout(duration).lines(now: 0)
        #expect(line == "EXTEND_TIMEOUT_USEC=\(text)")
    }

    @Test("has no control character in its status")
    func status() {
        let line = ServiceNotification.status("a\nb\tc\0d é").lines(now: 0)
        #expect(line == "STATUS=a b c d é")
    }
}
