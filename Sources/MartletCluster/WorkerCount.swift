// How many workers a cluster has.

import LinuxKernel
import PoolConfiguration

extension Cluster {
    /// How many workers there are.
    public enum WorkerCount: Sendable, Hashable, ExpressibleByIntegerLiteral {
        /// One for each processor that the process may use, by its affinity and its cgroup's quota.
        case automatic
        /// So many fewer than that, but at least one.
        case automaticLess(Int)
        /// 1 to 1,024.
        case fixed(Int)

        /// As ``fixed(_:)``.
        public init(integerLiteral value: Int) { self = .fixed(value) }

        var text: String {
            switch self {
            case .automatic: "auto"
            case .automaticLess(let fewer): "-\(fewer)"
            case .fixed(let count): "\(count)"
            }
        }

        /// With so many more, on this machine, now.
        func adding(_ more: Int) -> WorkerCount {
            guard more != 0, let count = try? PoolConfiguration.WorkerCount(parsing: text) else {
                return self
            }
            let processors = (try? ProcessorCount.available()) ?? 1
            return .fixed(min(count.resolved(availableProcessors: processors) + more, 1_024))
        }
    }
}
