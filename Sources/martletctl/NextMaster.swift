// The next master of a pool, waited for while there is none.
// Invariant: nobody is waited for who can't come as long as this program runs.

import LinuxKernel
import PoolWire

struct NextMaster {
    /// More than a service manager takes to start one, in nanoseconds.
    static let patience: Int64 = 10_000_000_000
    /// Between two attempts: nothing tells when somebody begins to listen.
    private static let rest: Int64 = 50_000_000

    let pool: String
    /// The main process of the service that has started this program, as `ExecReload=` has it. Once
    /// that is gone, systemd waits for this program to end before it starts another one.
    private let mainProcess: Int32?

    init(of pool: String) {
        self.init(of: pool, mainProcess: Self.ownMainProcess)
    }

    init(of pool: String, mainProcess: Int32?) {
        self.pool = pool
        self.mainProcess = mainProcess
    }

    private static var ownMainProcess: Int32? {
        guard OwnProcess.variable("INVOCATION_ID") != nil else { return nil }
        return OwnProcess.variable("MAINPID").flatMap { Int32($0) }
    }

    /// - Throws: `unavailable` if nobody comes; else as `ControlConnection.ask`.
    func report() throws(Failure) -> PoolReport {
        try wait { () throws(Failure) in try Status.report(of: pool) }
    }

    /// - Throws: As `report`.
    func connect(
        _ request: ControlRequest, heeding numbers: [Int32]
    ) throws(Failure) -> ControlConnection {
        try wait { () throws(Failure) in
            try ControlConnection(to: pool, request, heeding: numbers)
        }
    }

    private func wait<Value>(
        _ attempt: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let end = MonotonicClock.now() + Self.patience
        while true {
            do throws(Failure) {
                return try attempt()
            } catch {
                guard error.code == .notRunning || error.code == .unavailable else { throw error }
                guard !waitsForUs else { throw .awaited(pool) }
                guard MonotonicClock.now() < end else { throw .abandoned(pool) }
            }
            try pause()
        }
    }

    private var waitsForUs: Bool {
        guard let mainProcess else { return false }
        return ((try? FileSystem.status(of: "/proc/\(mainProcess)")) ?? nil) == nil
    }

    /// For whoever asks again and again.
    func pause() throws(Failure) {
        do throws(SystemError) {
            let epoll = try Epoll(capacity: 1)
            _ = try epoll.wait(nanoseconds: Self.rest) { _ in }
        } catch {
            throw Failure(.system, "\(pool): \(error)")
        }
    }
}

extension Failure {
    /// Systemd starts the next master when whoever fails with this has ended.
    static func awaited(_ pool: String) -> Failure {
        Failure(
            .unavailable,
            "\(pool): the master ended meanwhile; systemd starts it again, and it goes on with "
                + "what is under way; see: martletctl status \(pool)")
    }

    static func abandoned(_ pool: String) -> Failure {
        let seconds = NextMaster.patience / 1_000_000_000
        return Failure(
            .unavailable,
            "\(pool): the master went away, and no other one came within \(seconds) seconds; "
                + "see: journalctl -u martlet@\(pool) -e")
    }
}
