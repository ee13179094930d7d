// Many masters one after the other, while threads of the program take connections and end them.

import LinuxKernel
import PoolWire
import Testing

@testable import Martlet
@testable import PoolCore
@testable import PoolMaster

/// What threads of a program have and let go.
private final class Program: Sendable {
    private let state = Locked((held: [Connection](), settled: 0))

    /// So many connections were taken and seen to.
    var settled: Int { state.withLock { $0.settled } }
    var held: Int { state.withLock { $0.held.count } }

    /// Keeps some for a while, and ends them in another order than they came in.
    func run(_ worker: Martlet.Worker, seed: Int) {
        var turn = seed
        while let connection = worker.nextConnection() {
            turn = (turn &* 31 &+ 7) & 0xffff
            let (keeps, place) = (turn % 3 > 0, turn / 3)
            let ended = state.withLock { state -> [Connection] in
                if keeps { state.held.append(connection) }
                guard state.held.count > 12 || !keeps, !state.held.isEmpty else { return [] }
                return [state.held.remove(at: place % state.held.count)]
            }
            withExtendedLifetime(ended) {}
            state.withLock { $0.settled += 1 }
        }
    }

    func letGo() {
        let all = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        withExtendedLifetime(all) {}
    }
}

/// One master: its session, and what it thinks of the worker.
private struct Reign {
    let stage: Stage
    var roster = Roster(mostInFlight: 10_000)
    private let id = WorkerID(slot: 0, incarnation: 1)
    private var faults: [String] = []

    init(_ stage: Stage) {
        self.stage = stage
    }

    /// - Returns: Whether the worker could be given one.
    mutating func give() throws -> SharedDescriptor? {
        let (client, connection) = try Stage.connection()
        guard roster.pick(.unknown, at: Instant(nanoseconds: 0)) != nil,
            stage.session.give(connection, from: 0)
        else { return nil }
        return client
    }

    mutating func hear() -> [String] {
        for news in stage.session.receive() {
            switch news {
            case .opened: roster.join(id, .leastConnections)
            case .took(_, let count): roster.accepted(count, by: id)
            case .ended(_, let count): roster.ended(count, of: id)
            case .holds(_, let count): roster.holds(count, id)
            default: faults.append(news.text)
            }
        }
        return faults
    }

    var load: Int { roster.load(of: id) }
}

@Suite(.timeLimit(.minutes(5))) struct SuccessionTests {
    @Test func accountsAreRightWhileThreadsTakeAndEndConnections() async throws {
        let program = Program()
        var reign = Reign(try Stage())
        let worker = reign.stage.worker
        let threads = (0..<8).map { seed in
            Task { await onThread { program.run(worker, seed: seed) } }
        }
        var clients: [SharedDescriptor] = []
        for number in 0..<30 {
            try await wait("the worker is open") {
                #expect(reign.hear().isEmpty)
                return !reign.roster.isEmpty
            }
            for _ in 0..<40 {
                clients.append(try #require(try reign.give()))
                if clients.count % 5 == 0 { reign.stage.session.flush() }
                if clients.count % 16 == 0 { #expect(reign.hear().isEmpty) }
            }
            reign.stage.session.flush()
            // Every third master lives to see all that it has given settled; the next one comes to
            // threads that are at it.
            guard number % 3 == 2 else {
                reign = Reign(reign.stage.afterwards())
                continue
            }
            let given = clients.count
            try await wait("all are settled") {
                #expect(reign.hear().isEmpty)
                return program.settled == given
            }
            let held = program.held
            try await wait("the master knows of \(held)") {
                #expect(reign.hear().isEmpty)
                return reign.load == held && !reign.roster.hasInFlight
            }
            // And whoever comes now hears it at once.
            reign = Reign(reign.stage.afterwards())
            try await wait("the account is there") {
                #expect(reign.hear().isEmpty)
                return !reign.roster.isEmpty && reign.load == held
            }
        }
        program.letGo()
        try await wait("nothing is held") {
            #expect(reign.hear().isEmpty)
            return reign.load == 0
        }
        #expect(program.settled == clients.count)
        #expect(reign.stage.session.disconnect())
        for thread in threads { await thread.value }
    }

    private func wait(_ what: String, until isSo: () throws -> Bool) async throws {
        let end = MonotonicClock.now() + 120_000_000_000
        while try !isSo() {
            try #require(MonotonicClock.now() < end, "\(what)")
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}
