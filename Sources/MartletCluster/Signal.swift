// Signals, by their numbers on Linux.

import PoolCore

extension Cluster {
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
