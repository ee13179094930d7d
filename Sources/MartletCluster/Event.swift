// What happens in a cluster, in the words of Node's module of that name.

import Martlet
import PoolCore

extension Cluster {
    /// Something that has happened, as ``Cluster/events`` tells it.
    public enum Event: Sendable {
        /// What workers are started with: the first event, and one for each
        /// ``Cluster/setupPrimary(exec:args:schedulingPolicy:)``.
        case setup(Settings)
        /// There is a process for a worker.
        case fork(ClusterWorker)
        /// Its program runs.
        case online(ClusterWorker)
        /// It can do its work: it has called `ready()`.
        case ready(ClusterWorker)
        /// It takes connections of the socket there, as ``Cluster/Address`` writes it. Where workers
        /// accept, with ``SchedulingPolicy-swift.enum/shared``, that is when it is ready, and one event for each
        /// socket.
        case listening(ClusterWorker, address: String)
        /// A message of a worker to all, to others or to `agent`, which is the primary; or of the
        /// primary itself to all.
        case message(Message)
        /// The worker's channel is closed. Who is asked to leave closes it with its end.
        case disconnect(ClusterWorker)
        /// Its process has ended. Nothing of it comes after that.
        case exit(ClusterWorker, ExitStatus)
    }

    /// How a worker's process has ended.
    public enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
        /// It called exit(3), with 0 to 255.
        case exited(Int32)
        /// A signal has ended it.
        case signaled(Signal, coreDumped: Bool)
        /// Its program never ran, for this reason.
        case notStarted(String)
        /// It is gone and nobody can say how.
        case unknown

        init(_ status: PoolCore.ExitStatus) {
            self =
                switch status {
                case .exited(let code): .exited(code)
                case .signaled(let signal, let core):
                    .signaled(Signal(rawValue: signal.number), coreDumped: core)
                case .unknown: .unknown
                }
        }

        /// The end of a sentence that begins with the worker.
        public var description: String {
            switch self {
            case .exited(let code): "exited with status \(code)"
            case .signaled(let signal, let core):
                "was killed by \(signal)\(core ? " (core dumped)" : "")"
            case .notStarted(let why): why
            case .unknown: "is gone"
            }
        }
    }
}
