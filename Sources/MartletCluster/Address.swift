// Where a cluster listens.

import PoolConfiguration
import PoolMaster

extension Cluster {
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
}
