// What we tell whoever started us, systemd as a rule: sd_notify(3).
// Invariant: the environment stays as it is, so that a master which executes itself anew finds all
// it needs; workers are kept from it by `privateVariables`.

import CSystemd
import LinuxKernel

/// One assignment of a notification.
package enum ServiceNotification: Equatable, Sendable {
    case ready
    /// The time is added as it is sent: systemd wants to know when the reload began, and 253 and
    /// newer insist on it for Type=notify-reload.
    case reloading
    case stopping
    /// One line for `systemctl status`.
    case status(String)
    /// The job under way may take this long from now.
    case extendTimeout(Duration)
    case watchdog
    /// The errno to show as the cause of a failure.
    case errorNumber(Int32)

    /// - Parameter now: CLOCK_MONOTONIC in nanoseconds.
    func lines(now: Int64) -> String {
        switch self {
        case .ready: "READY=1"
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(now / 1_000)"
        case .stopping: "STOPPING=1"
        // A second line would be read as an assignment.
        case .status(let text):
            "STATUS="
                + String(decoding: text.utf8.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
        case .extendTimeout(let duration): "EXTEND_TIMEOUT_USEC=\(duration.wholeMicroseconds)"
        case .watchdog: "WATCHDOG=1"
        case .errorNumber(let code): "ERRNO=\(code)"
        }
    }
}

extension Duration {
    /// Never negative.
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? 0 : .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return carry ? .max : max(0, sum)
    }
}

package enum ServiceManager {
    /// Whether anybody listens: `NOTIFY_SOCKET` is set.
    package static var isPresent: Bool {
        OwnProcess.variable("NOTIFY_SOCKET").map { !$0.isEmpty } ?? false
    }

    /// Sends the assignments as one message. It waits while the manager's queue is full, as
    /// sd_notify(3) does: a manager that reads no notifications starts no services either.
    ///
    /// - Returns: Whether there was anybody to send it to.
    ///
    /// The corresponding C function is `sd_notify(3)`.
    @discardableResult
    package static func notify(
        _ notifications: ServiceNotification...
    ) throws(SystemError) -> Bool {
        try notify(notifications)
    }

    @discardableResult
    package static func notify(
        _ notifications: [ServiceNotification]
    ) throws(SystemError) -> Bool {
        guard !notifications.isEmpty else { return isPresent }
        return try send(message(notifications))
    }

    static func message(_ notifications: [ServiceNotification]) -> String {
        let now = MonotonicClock.now()
        return notifications.map { $0.lines(now: now) }.joined(separator: "\n")
    }

    static func send(
        _ message: String, with descriptors: [SharedDescriptor] = []
    ) throws(SystemError) -> Bool {
        let numbers = descriptors.map(\.rawValue)
        let result = sd_pid_notify_with_fds(0, 0, message, numbers, UInt32(numbers.count))
        // The numbers alone do not keep what they stand for open.
        withExtendedLifetime(descriptors) {}
        guard result >= 0 else {
            throw SystemError(code: -result, operation: "notify the service manager")
        }
        return result > 0
    }

    /// How long the manager waits for a `.watchdog` before it takes us for dead; send one at least
    /// twice as often. `nil` if it does not watch this process.
    ///
    /// The corresponding C function is `sd_watchdog_enabled(3)`.
    package static func watchdogInterval() throws(SystemError) -> Duration? {
        var microseconds: UInt64 = 0
        let result = sd_watchdog_enabled(0, &microseconds)
        guard result >= 0 else {
            throw SystemError(code: -result, operation: "read WATCHDOG_USEC and WATCHDOG_PID")
        }
        return result > 0 ? .microseconds(Int64(clamping: microseconds)) : nil
    }

    /// The variables that speak to this process alone. A worker must not inherit them: it would
    /// report as the service, or take descriptors and a journal stream for its own that are not.
    package static let privateVariables = [
        "FDSTORE", "JOURNAL_STREAM", "LISTEN_FDNAMES", "LISTEN_FDS", "LISTEN_PID",
        "LISTEN_PIDFDID", "MAINPID", "MAINPIDFDID", Handover.variable, "NOTIFY_SOCKET",
        "SYSTEMD_EXEC_PID", "WATCHDOG_PID", "WATCHDOG_USEC",
    ]
}
