// Which of the pool's sockets a Node program means when it listens somewhere.
// Invariant: all workers of a generation get the same socket for the same place, the one that the
// generation before had there, and no socket stands for two places.

import LinuxKernel
import PoolWire

/// The places of one generation's program, in the order in which they were asked for first.
final class NodeListeners {
    private let sockets: [PoolSocket]
    private var claims: [NodeListenQuery.Place: Claim] = [:]
    /// Whether `state` is another one than when this was last set to false.
    var isStateNew = false
    /// The sockets of the generation before.
    private let former: [NodeListenQuery.Place: Int]

    private struct Claim {
        let socket: Int
        /// What the first worker gave for all to share.
        let data: NodeData
    }

    /// The answer to a worker.
    struct Share {
        let socket: PoolSocket
        let index: Int
        let data: NodeData
        /// Whether the socket is at another port than the program asked for.
        let isElsewhere: Bool

        /// The worker's name for it: of connections, and when it closes the server.
        var key: String { "\(index)" }
    }

    /// What the next master has to know, so that a place is the same socket for all workers still.
    struct State: Codable, Equatable, Sendable {
        /// In the order of the sockets.
        var claims: [Place] = []
        var former: [Place] = []

        struct Place: Codable, Equatable, Sendable {
            var place: NodeListenQuery.Place
            var socket: Int
            /// What its workers share.
            var data: NodeData?
        }
    }

    init(_ sockets: [PoolSocket], after former: NodeListeners? = nil) {
        self.sockets = sockets
        self.former = (former?.claims ?? [:]).mapValues(\.socket)
    }

    /// Goes on with what the master before has kept; a place whose socket is gone is free again.
    init(_ sockets: [PoolSocket], _ state: State) {
        self.sockets = sockets
        former = Dictionary(
            state.former.map { ($0.place, $0.socket) }, uniquingKeysWith: { first, _ in first })
        for claim in state.claims where sockets.indices.contains(claim.socket) {
            claims[claim.place] = Claim(socket: claim.socket, data: claim.data ?? .null)
        }
    }

    var state: State {
        let claims = claims.map { place, claim in
            State.Place(
                place: place, socket: claim.socket, data: claim.data == .null ? nil : claim.data)
        }
        let former = former.map { State.Place(place: $0.key, socket: $0.value) }
        return State(
            claims: claims.sorted { $0.socket < $1.socket },
            former: former.sorted { $0.socket < $1.socket })
    }

    /// - Returns: `nil` where there is no socket for it, or a second server wants the same one.
    func share(_ query: NodeListenQuery) -> Share? {
        // Two servers of one process can't share a socket: one would take the other's connections.
        guard query.index == 0, let claim = claim(query) else { return nil }
        let socket = sockets[claim.socket]
        return Share(
            socket: socket, index: claim.socket, data: claim.data,
            isElsewhere: socket.port != query.place.port)
    }

    /// Where the program thinks that it listens, for each socket; `nil` for one it has not asked for.
    func place(of socket: Int) -> NodeListenQuery.Place? {
        claims.first { $0.value.socket == socket }?.key
    }

    private func claim(_ query: NodeListenQuery) -> Claim? {
        if let claim = claims[query.place] { return claim }
        guard let socket = find(query.place) else { return nil }
        let claim = Claim(socket: socket, data: query.data)
        claims[query.place] = claim
        isStateNew = true
        return claim
    }

    /// By number, by habit, by name, by place, by order.
    private func find(_ place: NodeListenQuery.Place) -> Int? {
        let taken = Set(claims.values.map(\.socket))
        let free = sockets.indices.filter { !taken.contains($0) && sockets[$0].suits(place) }
        if case .descriptor(let number) = place { return free.first { $0 == number - 3 } }
        return free.first { $0 == former[place] }
            ?? free.first { sockets[$0].name == place.name }
            ?? free.first { sockets[$0].isAt(place) }
            ?? free.first { sockets[$0].port != nil && sockets[$0].port == place.port }
            ?? free.first { !former.values.contains($0) }
            ?? free.first
    }
}

extension NodeListenQuery.Place {
    var port: UInt16? {
        switch self {
        case .tcp(_, let port), .udp(_, let port): UInt16(exactly: port)
        case .unix, .descriptor, .unknown: nil
        }
    }

    /// The `FileDescriptorName=` that stands for it: its port, or its path.
    fileprivate var name: String? {
        switch self {
        case .tcp(_, let port), .udp(_, let port): "\(port)"
        case .unix(let path): path
        case .descriptor, .unknown: nil
        }
    }
}

extension PoolSocket {
    fileprivate var port: UInt16? {
        switch facts.address {
        case .inet4(_, let port), .inet6(_, let port, _): port
        case .path, .abstract, .unnamed, .other: nil
        }
    }

    fileprivate func suits(_ place: NodeListenQuery.Place) -> Bool {
        switch place {
        case .tcp: facts.kind == .stream && port != nil
        case .udp: facts.kind == .datagram && port != nil
        case .unix: facts.kind == .stream && port == nil
        case .descriptor: true
        case .unknown: false
        }
    }

    fileprivate func isAt(_ place: NodeListenQuery.Place) -> Bool {
        switch place {
        case .tcp(let address?, let port), .udp(let address?, let port):
            let text = address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
            return facts.address == SocketAddress(listenStream: text)
        case .unix(let path): return facts.address == .path(path)
        case .tcp(nil, _), .udp(nil, _), .descriptor, .unknown: return false
        }
    }
}
