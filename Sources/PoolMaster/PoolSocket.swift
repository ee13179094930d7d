// The sockets that workers share: systemd's, or ones bound here when nobody passed any.
// Invariant: each is a socket a worker can serve from, checked before any worker exists.

import LinuxKernel
import PoolConfiguration
import Systemd

/// One socket as workers get it: descriptor 3 and up, in the order they came in.
package struct PoolSocket {
    /// `FileDescriptorName=`.
    package let name: String
    package let shared: SharedDescriptor
    package let facts: SocketFacts
    /// Of a unix socket that was bound here.
    private var file: SocketFile?

    /// Whether it goes when we go.
    var hasFile: Bool { file != nil }

    /// Those that systemd has passed to this process; none is an empty array.
    static func checked(
        _ descriptors: [InheritedDescriptor]
    ) throws(StartRefused) -> [PoolSocket] {
        var sockets: [PoolSocket] = []
        for (index, inherited) in descriptors.enumerated() {
            sockets.append(try checked(inherited, number: 3 + index))
        }
        return sockets
    }

    private static func checked(
        _ inherited: InheritedDescriptor, number: Int
    ) throws(StartRefused) -> PoolSocket {
        let label = "descriptor \(number) (\(inherited.name))"
        guard let facts = inherited.socket else {
            throw StartRefused(
                .configuration,
                "\(label) is not a socket: a pool serves from ListenStream=, "
                    + "ListenDatagram= or ListenSequentialPacket=")
        }
        switch facts.kind {
        case .stream, .sequentialPacket:
            guard facts.isListening else {
                throw StartRefused(
                    .configuration,
                    "\(label) is a connection, not a listening socket: "
                        + "set Accept=no in [Socket]")
            }
        case .datagram: break
        case .other:
            throw StartRefused(
                .configuration,
                "\(label) is a socket of \(facts.kind), which no "
                    + "worker can share")
        }
        return PoolSocket(
            name: inherited.name, shared: inherited.shared, facts: facts, file: nil)
    }

    /// Binds what a configuration or a command line asks for, without systemd.
    package static func bound(
        _ kind: Listener.Kind, _ text: String, name: String
    ) throws(StartRefused) -> PoolSocket {
        guard let address = SocketAddress(listenStream: text) else {
            throw StartRefused(
                .usage,
                "can't listen on \"\(text)\": write PORT, ADDRESS:PORT, [ADDRESS]:PORT, "
                    + "/PATH or @NAME")
        }
        return try StartRefused.wrapping { () throws(SystemError) in
            let shared = try bind(kind, at: address)
            let file: SocketFile? =
                if case .path(let path) = address { SocketFile(path: path) } else { nil }
            return PoolSocket(
                name: name, shared: shared, facts: try SocketFacts(of: shared.descriptor),
                file: file)
        }
    }

    /// The same, with the duty to remove its file.
    func owningFile() -> PoolSocket {
        guard case .path(let path) = facts.address else { return self }
        return PoolSocket(name: name, shared: shared, facts: facts, file: SocketFile(path: path))
    }

    private static func bind(
        _ kind: Listener.Kind, at address: SocketAddress
    ) throws(SystemError) -> SharedDescriptor {
        switch kind {
        case .stream: return SharedDescriptor(try ListeningSocket.make(at: address))
        case .datagram: return SharedDescriptor(try ListeningSocket.makeDatagram(at: address))
        case .sequentialPacket:
            return SharedDescriptor(try ListeningSocket.makeSequentialPacket(at: address))
        }
    }
}

/// The file of a socket that we bound, there as long as somebody holds this. One that a killed
/// master has left is replaced when the address is bound again.
private final class SocketFile {
    private let path: String

    init(path: String) {
        self.path = path
    }

    deinit {
        _ = try? FileSystem.unlink(path)
    }
}
