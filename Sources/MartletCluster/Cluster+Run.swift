// One program in two roles: which one this process has, and its way to the end.
// Invariant: a process that a master has started is never a primary, not even if that master is gone.

import Dispatch
import Glibc
import LinuxKernel
import Martlet
import PoolMaster
import Systemd

extension Cluster {
    /// Runs this program as a pool. In the first process, the primary, it keeps workers running until
    /// the pool is to end; in each worker it calls the body. Neither comes back: a worker ends with
    /// status 0 after the body, and with 1 if that throws; the primary ends as `martletd` would.
    ///
    /// Let it come early. What stands before it is done in each worker as well.
    ///
    /// - Parameters:
    ///   - workers: How many there are.
    ///   - addresses: Where clients connect to. If systemd passes sockets, these are taken instead.
    ///   - schedulingPolicy: How connections reach workers.
    ///   - options: The rules for workers. If one can't be, the primary says why and ends with
    ///     status 78.
    ///   - body: What a worker does. It calls `ready()` when it can serve, and returns when the worker
    ///     is to leave. It runs on the calling thread.
    ///   - primary: What the primary does beside keeping workers; it runs on another thread and may
    ///     return at any time. When the pool has ended it has five seconds to return.
    public static func run(
        workers: WorkerCount = .automatic, listening addresses: [Address] = [],
        schedulingPolicy: SchedulingPolicy = .shared, options: Options = Options(),
        _ body: (Martlet.Worker) throws -> Void,
        primary: (@Sendable (Cluster) async -> Void)? = nil
    ) -> Never {
        guard isPrimary else {
            do {
                try body(.current)
            } catch {
                end(with: error)
            }
            exit(0)
        }
        begin(Settings(options, schedulingPolicy), options, workers, addresses, primary)
        // What the closure asks of the main actor is done meanwhile.
        if OwnProcess.isMainThread { dispatchMain() }
        while true { pause() }
    }

    /// As ``run(workers:listening:schedulingPolicy:options:_:primary:)``, with a body that awaits.
    ///
    /// - Parameters:
    ///   - workers: How many there are.
    ///   - addresses: Where clients connect to.
    ///   - schedulingPolicy: How connections reach workers.
    ///   - options: The rules for workers.
    ///   - isolation: The actor that the body runs on: the caller's.
    ///   - body: What a worker does.
    ///   - primary: What the primary does beside keeping workers.
    public static func run(
        workers: WorkerCount = .automatic, listening addresses: [Address] = [],
        schedulingPolicy: SchedulingPolicy = .shared, options: Options = Options(),
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Martlet.Worker) async throws -> Void,
        primary: (@Sendable (Cluster) async -> Void)? = nil
    ) async -> Never {
        guard isPrimary else {
            do {
                try await body(.current)
            } catch {
                end(with: error)
            }
            exit(0)
        }
        begin(Settings(options, schedulingPolicy), options, workers, addresses, primary)
        // The loop's thread ends the process.
        while true {
            await withUnsafeContinuation { caller in waiting.withLock { $0 = caller } }
        }
    }

    /// Kept, so that nobody takes its task for lost.
    private static let waiting = Locked<UnsafeContinuation<Void, Never>?>(nil)

    private static func end(with error: any Error) -> Never {
        StandardStream.error.write("\(OwnProcess.executable): \(error)\n".utf8)
        exit(1)
    }

    private static func begin(
        _ settings: Settings, _ options: Options, _ workers: WorkerCount, _ addresses: [Address],
        _ primary: (@Sendable (Cluster) async -> Void)?
    ) {
        // Of a pool whose agent has started this program.
        unsetenv("MARTLET_AGENT")
        let cluster = Cluster(settings, options, workers, isObserved: primary != nil)
        let returned = try? Wakeup()
        cluster.desk.tell(.setup(settings))
        if let primary {
            Task.detached {
                await primary(cluster)
                returned?.ring()
            }
        }
        let hasThread = BackgroundThread.start {
            let status = cluster.run(addresses.map(\.programListener))
            cluster.desk.end()
            if primary != nil { _ = returned?.wait(nanoseconds: 5_000_000_000) }
            exit(status)
        }
        guard !hasThread else { return }
        report(StartRefused(.system, "there is no thread for the primary's loop"))
        exit(StartRefused.Cause.system.rawValue)
    }

    /// - Returns: The exit status of martletd(8).
    private func run(_ listeners: [ProgramListener]) -> Int32 {
        do throws(StartRefused) {
            return try runLoop(listeners).exitStatus
        } catch {
            Self.report(error)
            return error.cause.rawValue
        }
    }

    /// To whoever looks: systemctl status, the journal, or a terminal.
    private static func report(_ refused: StartRefused) {
        let lines = refused.description.split(separator: "\n")
        _ = try? ServiceManager.notify(.status(lines.first.map(String.init) ?? ""))
        // sd-daemon(3): an error, for the journal's eyes.
        let prefix =
            Journal.isConnectedToStandardError
            ? "<3>" : "\(Settings.name(of: OwnProcess.executable)): "
        for line in lines { StandardStream.error.write("\(prefix)\(line)\n".utf8) }
    }
}
