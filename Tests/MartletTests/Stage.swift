// A worker of the library and the master's session with it, in one process.

import Glibc
import LinuxKernel
import PoolWire
import Testing

@testable import Martlet
@testable import PoolCore
@testable import PoolMaster

/// Both ends of a channel.
struct Stage {
    let worker: Martlet.Worker
    let session: MartletSession

    init(dispatched names: [String] = ["http"], isAgent: Bool = false) throws {
        let (own, other) = try ChannelPair.make(.sequentialPacket)
        var inheritance = Inheritance()
        inheritance.pool = "web"
        inheritance.channel = other
        inheritance.dispatched = names
        inheritance.isAgent = isAgent
        inheritance.slot = isAgent ? -1 : 0
        worker = Martlet.Worker(inheritance)
        session = MartletSession(own, dispatched: Array(names.indices))
    }

    private init(_ worker: Martlet.Worker, _ session: MartletSession) {
        self.worker = worker
        self.session = session
    }

    /// The worker with another master, which knows no more than is handed on.
    func afterwards(dispatched count: Int = 1, hasState: Bool = true) -> Stage {
        let state = hasState ? session.state : SessionState()
        return Stage(
            worker,
            MartletSession(
                resuming: state, session.channel.end, dispatched: Array(0..<count)))
    }

    /// A client's end, and the connection that the master has accepted.
    static func connection() throws -> (client: SharedDescriptor, Dispatcher.Connection) {
        let (client, accepted) = try ChannelPair.make(.stream)
        return (client, Dispatcher.Connection(descriptor: accepted, source: .unknown))
    }

    /// What the master hears, until it is as wanted. It holds no thread meanwhile: there may be one
    /// only. Nor is there much of a limit, as other tests may hold that one.
    func hear(until isEnough: ([String]) -> Bool) async throws -> [String] {
        var heard: [String] = []
        let end = MonotonicClock.now() + 240_000_000_000
        while !isEnough(heard), session.isOpen, MonotonicClock.now() < end {
            heard += session.receive().map(\.text)
            try await Task.sleep(for: .milliseconds(1))
        }
        return heard
    }

    func give(_ count: Int, from index: Int = 0) throws -> [SharedDescriptor] {
        let clients = try (0..<count).map { _ in
            let (client, connection) = try Self.connection()
            #expect(session.give(connection, from: index))
            return client
        }
        session.flush()
        return clients
    }
}

extension WorkerNews {
    /// For comparing.
    var text: String {
        switch self {
        case .notice(.broken(let fault)): "broken: \(fault)"
        case .notice(.stopping): "stopping"
        case .notice(let notice): "\(notice)"
        case .listens: "listens"
        case .opened(let index): "opened \(index)"
        case .closed(let index): "closed \(index)"
        case .took(let index, let count): "took \(index) x\(count)"
        case .refused(let index, _): "refused \(index)"
        case .returned(let index, _): "returned \(index)"
        case .ended(let index, let count): "ended \(index) x\(count)"
        case .holds(let index, let count): "holds \(index) x\(count)"
        case .message(let message, _): "message \(message.to)"
        case .undeliverable(let why): "undeliverable: \(why)"
        case .load(let finished, let underWay): "load \(finished) + \(underWay)"
        case .strangeHandshake: "strange"
        }
    }
}

extension [String] {
    /// How many connections these tell of.
    func total(_ verb: String) -> Int {
        filter { $0.hasPrefix(verb) }.compactMap {
            $0.split(separator: "x").last.flatMap { Int($0) }
        }
        .reduce(0, +)
    }
}

extension SharedDescriptor {
    /// Whether the other end is closed, by the kernel's word.
    var isHungUp: Bool {
        withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { buffer in
            (try? descriptor.receive(into: buffer)) == .closed
        }
    }

    /// Waits until it is: children that other tests are just making may have it open for a moment.
    func hangsUp() async throws -> Bool {
        let end = MonotonicClock.now() + 240_000_000_000
        while !isHungUp, MonotonicClock.now() < end { try await Task.sleep(for: .milliseconds(1)) }
        return isHungUp
    }
}

/// Runs what waits on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        let work = Work { continuation.resume(returning: body()) }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                context.map { Unmanaged<Work>.fromOpaque($0).takeRetainedValue().body() }
                return nil
            }, Unmanaged.passRetained(work).toOpaque())
        pthread_detach(thread)
    }
}

private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}
