// The words in which a cluster is described.

import LinuxKernel
import PoolConfiguration
import PoolCore
import PoolMaster

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

    /// Where clients connect to, if systemd passes no sockets.
    public struct Address: Sendable, Hashable, ExpressibleByStringInterpolation {
        let listener: Kind
        let text: String
        /// What workers know its connections by; `nil` is the pool's name.
        public let name: String?

        enum Kind: Sendable {
            case stream
            case datagram
            case sequentialPacket

            var wire: PoolConfiguration.Listener.Kind {
                switch self {
                case .stream: .stream
                case .datagram: .datagram
                case .sequentialPacket: .sequentialPacket
                }
            }
        }

        /// Connections.
        ///
        /// - Parameters:
        ///   - text: `PORT`, `ADDRESS:PORT`, `[ADDRESS]:PORT`, `/PATH` or `@NAME`, as in
        ///     `ListenStream=`.
        ///   - name: What workers know them by; `nil` is the pool's name.
        public static func stream(_ text: String, name: String? = nil) -> Address {
            Address(listener: .stream, text: text, name: name)
        }

        /// Datagrams, whose socket all workers read. The parameters are those of
        /// ``stream(_:name:)``.
        public static func datagram(_ text: String, name: String? = nil) -> Address {
            Address(listener: .datagram, text: text, name: name)
        }

        /// Connections of `SOCK_SEQPACKET`, at a path or a name. The parameters are those of
        /// ``stream(_:name:)``.
        public static func sequentialPacket(_ text: String, name: String? = nil) -> Address {
            Address(listener: .sequentialPacket, text: text, name: name)
        }

        private init(listener: Kind, text: String, name: String?) {
            self.listener = listener
            self.text = text
            self.name = name
        }

        /// As ``stream(_:name:)`` without a name.
        public init(stringLiteral text: String) {
            self.init(listener: .stream, text: text, name: nil)
        }

        var programListener: ProgramListener { ProgramListener(listener.wire, text, name: name) }
    }

    /// How connections reach workers: `Dispatch=` of martlet.conf(5).
    public enum SchedulingPolicy: Sendable, Hashable {
        /// All workers accept from the same sockets.
        case shared
        /// The primary accepts, and gives to one worker after the other.
        case roundRobin
        /// The primary accepts, and gives to the worker with the fewest connections.
        case leastConnections
        /// The primary accepts, and gives those of one client to one worker.
        case sourceHash(Overflow)

        /// What becomes of a client whose worker takes no more.
        public enum Overflow: Sendable, Hashable {
            /// It waits for its worker.
            case wait
            /// Any other worker may have it.
            case shared

            var text: String {
                switch self {
                case .wait: "wait"
                case .shared: "shared"
                }
            }
        }
    }

    /// After which ends a worker is started again: `Restart=` of systemd.service(5).
    public enum RestartRule: Sendable, Hashable {
        /// After none.
        case no
        /// After each.
        case always
        /// After those with status 0 and the like.
        case onSuccess
        /// After all others.
        case onFailure
        /// After a signal, a timeout, and silence.
        case onAbnormal
        /// After a signal.
        case onAbort
        /// After silence alone.
        case onWatchdog

        var text: String {
            switch self {
            case .no: "no"
            case .always: "always"
            case .onSuccess: "on-success"
            case .onFailure: "on-failure"
            case .onAbnormal: "on-abnormal"
            case .onAbort: "on-abort"
            case .onWatchdog: "on-watchdog"
            }
        }
    }

    /// When a worker counts as ready: `Type=` of martlet.conf(5).
    public enum Readiness: Sendable, Hashable {
        /// When it says so, by `ready()` or sd_notify(3).
        case notify
        /// When its program runs.
        case exec

        var text: String {
            switch self {
            case .notify: "notify"
            case .exec: "exec"
            }
        }
    }

    /// An end of a worker, as rules name it.
    public enum End: Sendable, Hashable {
        /// 0 to 255.
        case exited(Int32)
        /// By this signal.
        case signaled(Signal)

        var text: String {
            switch self {
            case .exited(let code): "\(code)"
            case .signaled(let signal): signal.description
            }
        }
    }

    /// A signal of signal(7), by its number on Linux.
    public struct Signal: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
        /// 1 to 31, or 34 to 64.
        public let rawValue: Int32

        /// - Parameter rawValue: A number that is no signal's is sent to nobody, and refused among
        ///   the options.
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// SIGHUP
        public static let hangup = Signal(rawValue: 1)
        /// SIGINT
        public static let interrupt = Signal(rawValue: 2)
        /// SIGQUIT
        public static let quit = Signal(rawValue: 3)
        /// SIGABRT
        public static let abort = Signal(rawValue: 6)
        /// SIGKILL
        public static let kill = Signal(rawValue: 9)
        /// SIGUSR1
        public static let user1 = Signal(rawValue: 10)
        /// SIGUSR2
        public static let user2 = Signal(rawValue: 12)
        /// SIGTERM
        public static let terminate = Signal(rawValue: 15)

        /// Its name, such as `SIGTERM`.
        public var description: String { PoolCore.Signal(rawValue).description }
    }
}
