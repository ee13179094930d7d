// What a program sees of its pool, and the pool of it.

import Glibc
import LinuxKernel
import PoolWire
import Testing

@testable import Martlet
@testable import PoolMaster

@Suite(.timeLimit(.minutes(5))) struct WorkerTests {
    @Test func connectionsComeOnceTheProgramAsks() async throws {
        let stage = try Stage()
        let worker = stage.worker
        #expect(worker.isConnected && worker.isManaged)
        // Only the greeting: nobody has asked.
        #expect(!stage.session.give(try Stage.connection().1, from: 0))
        async let first = worker.connections().next()
        #expect(try await stage.hear { $0 == ["opened 0"] } == ["opened 0"])
        let clients = try stage.give(1)
        let connection = try #require(await first)
        #expect(connection.listener == "http")
        #expect(try await stage.hear { $0 == ["took 0 x1"] } == ["took 0 x1"])
        #expect(!clients[0].isHungUp)
    }

    @Test func aConnectionClosesAndCountsUntilItsLastReferenceGoes() async throws {
        let stage = try Stage()
        let worker = stage.worker
        let peer = Task { await worker.connections().next()?.peer }
        _ = try await stage.hear { $0.contains("opened 0") }
        let clients = try stage.give(1)
        #expect(await peer.value == "(unnamed)")
        let heard = try await stage.hear { $0.count == 2 }
        #expect(heard == ["took 0 x1", "ended 0 x1"])
        #expect(try await clients[0].hangsUp())
    }

    @Test func whatIsReleasedIsNotClosed() async throws {
        let stage = try Stage()
        let worker = stage.worker
        let released = Task { await worker.connections().next()?.release() }
        _ = try await stage.hear { $0.contains("opened 0") }
        let clients = try stage.give(1)
        let raw = try #require(await released.value)
        #expect(try await stage.hear { $0.count == 2 } == ["took 0 x1", "ended 0 x1"])
        #expect(!clients[0].isHungUp)
        close(raw)
        #expect(try await clients[0].hangsUp())
    }

    @Test func aThousandConnectionsComeInOrderAndAreAnsweredFor() async throws {
        let stage = try Stage()
        let worker = stage.worker
        let count = 1_000
        let seen = Task {
            var descriptors: [Int32] = []
            for await connection in worker.connections() {
                descriptors.append(connection.descriptor)
                if descriptors.count == count { break }
            }
            return descriptors.count
        }
        _ = try await stage.hear { $0.contains("opened 0") }
        var taken = 0
        var clients: [SharedDescriptor] = []
        while clients.count < count {
            clients += try stage.give(100)
            taken += try await stage.hear { [taken] in taken + $0.total("took") == clients.count }
                .total("took")
        }
        #expect(await seen.value == count)
        #expect(taken == count)
        #expect(stage.session.takeBack().isEmpty)
    }

    @Test func whatIsNotTakenGoesBack() async throws {
        let stage = try Stage()
        let worker = stage.worker
        async let first = worker.connections().next()
        _ = try await stage.hear { $0.contains("opened 0") }
        let clients = try stage.give(4)
        let connection = await first
        #expect(try await stage.hear { $0.total("took") == 1 }.total("took") == 1)
        #expect(stage.session.disconnect())
        let heard = try await stage.hear { $0.count == 4 }
        #expect(heard == ["closed 0", "refused 0", "refused 0", "refused 0"])
        #expect(worker.isDraining)
        #expect(await worker.connections().next() == nil)
        // The master's copies, which it would give to others, went with the news.
        for client in clients[1...] { #expect(try await client.hangsUp()) }
        #expect(!clients[0].isHungUp)
        withExtendedLifetime(connection) {}
    }

    @Test func whatTheDeadHaveNotTakenIsTakenBackInOrder() async throws {
        let stage = try Stage()
        let worker = stage.worker
        async let first = worker.connections().next()
        _ = try await stage.hear { $0.contains("opened 0") }
        let given = try (0..<70).map { _ in try Stage.connection() }
        for (_, connection) in given { #expect(stage.session.give(connection, from: 0)) }
        stage.session.flush()
        _ = await first
        _ = try await stage.hear { $0.total("took") == 1 }
        let back = stage.session.takeBack().map { ObjectIdentifier($0.connection.descriptor) }
        #expect(back == given.dropFirst().map { ObjectIdentifier($0.1.descriptor) })
        #expect(stage.session.takeBack().isEmpty)
    }

    @Test func theNoticeToLeaveComesToAllWhoWait() async throws {
        let stage = try Stage()
        let worker = stage.worker
        let waiting = (0..<3).map { _ in
            Task { () -> Int in
                var notices = 0
                for await _ in worker.drainNotices { notices += 1 }
                return notices
            }
        }
        async let connection = worker.connections().next()
        _ = try await stage.hear { $0.contains("opened 0") }
        #expect(stage.session.disconnect())
        for task in waiting { #expect(await task.value == 1) }
        #expect(await connection == nil)
        var late = 0
        for await _ in worker.drainNotices { late += 1 }
        #expect(late == 1)
        #expect(worker.isConnected)
    }

    @Test func aWorkerLeavesOfItsOwnAccord() async throws {
        let stage = try Stage()
        let worker = stage.worker
        async let first = worker.connections().next()
        _ = try await stage.hear { $0.contains("opened 0") }
        worker.disconnect()
        worker.disconnect()
        #expect(try await stage.hear { $0.count == 2 } == ["closed 0", "stopping"])
        #expect(await first == nil)
    }

    @Test func withoutAMasterTheWorkerIsToLeave() async throws {
        let worker: Worker
        let connection: Task<Connection?, Never>
        do {
            let stage = try Stage()
            worker = stage.worker
            connection = Task { await worker.connections().next() }
            _ = try await stage.hear { $0.contains("opened 0") }
        }
        #expect(await connection.value == nil)
        for await _ in worker.drainNotices {}
        #expect(worker.isDraining && !worker.isConnected)
    }

    @Test func whoGivesUpWaitingLeavesTheConnectionToOthers() async throws {
        let stage = try Stage()
        let worker = stage.worker
        let cancelled = Task { await worker.connections().next() }
        _ = try await stage.hear { $0.contains("opened 0") }
        cancelled.cancel()
        #expect(await cancelled.value == nil)
        async let second = worker.connections().next()
        _ = try stage.give(1)
        #expect(await second != nil)
    }

    @Test func aProgramWithoutConcurrencyWaitsOnItsThread() async throws {
        let stage = try Stage(dispatched: ["http", "admin"])
        let worker = stage.worker
        async let heard = onThread { worker.nextConnection(named: "admin")?.listener }
        _ = try await stage.hear { $0.contains("opened 1") }
        _ = try stage.give(1, from: 1)
        #expect(await heard == "admin")
        async let last = onThread { worker.nextConnection(named: "admin") == nil }
        #expect(stage.session.disconnect())
        #expect(await last)
        #expect(worker.nextConnection(named: "nonsense") == nil)
    }

    @Test func outsideOfAPoolNothingComes() async {
        let worker = Worker(Inheritance())
        #expect(!worker.isManaged && !worker.isConnected && !worker.isDraining)
        #expect(worker.listeners.isEmpty)
        #expect(await worker.connections().next() == nil)
        worker.disconnect()
        #expect(worker.isDraining)
    }

    @Test func connectionsOfASharedSocketAreAcceptedHere() async throws {
        let address = SocketAddress.abstract("martlet-tests-\(OwnProcess.pid)")
        let shared = SharedDescriptor(try ListeningSocket.make(at: address))
        var inheritance = Inheritance()
        inheritance.others = [SharedDescriptor(try DatagramSocket.unbound())]
        inheritance.take(shared, named: "http", at: address, isListening: true)
        let worker = Worker(inheritance)
        let clients = try (0..<3).map { _ in
            SharedDescriptor(try ConnectingSocket.connect(to: address, nanoseconds: 5_000_000_000))
        }
        for client in clients {
            let connection = try #require(await worker.connections(named: "http").next())
            #expect(connection.peer == "(unnamed)" && !client.isHungUp)
        }
        let waiting = Task { await worker.connections().next() }
        worker.disconnect()
        #expect(await waiting.value == nil)
    }

    /// systemd gives all sockets of a unit one name.
    @Test func socketsOfOneNameAreOneSequence() async throws {
        var inheritance = Inheritance()
        let addresses = (0..<2).map { SocketAddress.abstract("martlet-\(OwnProcess.pid)-\($0)") }
        for address in addresses {
            let socket = SharedDescriptor(try ListeningSocket.make(at: address))
            inheritance.take(socket, named: "web", at: address, isListening: true)
        }
        let worker = Worker(inheritance)
        for address in [addresses[1], addresses[0], addresses[1]] {
            let client = SharedDescriptor(
                try ConnectingSocket.connect(to: address, nanoseconds: 5_000_000_000))
            let connection = try #require(await worker.connections().next())
            #expect(connection.listener == "web" && !client.isHungUp)
        }
    }

    @Test func dispatchedSocketsOfOneNameAreOneSequence() async throws {
        let stage = try Stage(dispatched: ["web", "web"])
        let worker = stage.worker
        let next = Task { await worker.connections().next() }
        var heard = try await stage.hear { $0.count >= 2 }
        #expect(heard == ["opened 0", "opened 1"])
        _ = try stage.give(1, from: 1)
        let first = try #require(await next.value)
        #expect(first.listener == "web")
        heard = try await stage.hear { $0.contains("took 1 x1") }
        #expect(heard == ["took 1 x1"])
    }

    @Test func whatWasInheritedStaysOpen() throws {
        func worker() throws -> Worker {
            var inheritance = Inheritance()
            let datagrams = SharedDescriptor(try DatagramSocket.unbound())
            inheritance.take(datagrams, named: "log", at: .unnamed, isListening: false)
            return Worker(inheritance)
        }
        let worker = try worker()
        let listener = try #require(worker.listener(named: "log"))
        #expect(fcntl(listener.descriptor, F_GETFD) >= 0)
    }

    @Test func anAgentKnowsThatItIsOneAndWhoServes() async throws {
        let stage = try Stage(isAgent: true)
        #expect(stage.worker.isAgent && stage.worker.slot == -1)
        try stage.worker.send(0, to: .workers)
        _ = try await stage.hear { $0.contains("message workers") }
        let first = WorkerRoll(workers: [WorkerRoll.Entry(slot: 0, pid: 7, generation: 1)])
        #expect(stage.session.tell(WorkerRoll(workers: [])) && stage.session.tell(first))
        let members = stage.worker.members
        for await present in members where present.count == 1 {
            #expect(present == first.workers.map(Member.init))
            break
        }
        // Who asks later is told at once.
        var late = stage.worker.members.makeAsyncIterator()
        #expect(await late.next() == first.workers.map(Member.init))
    }
}

extension Inheritance {
    fileprivate mutating func take(
        _ descriptor: SharedDescriptor, named name: String, at address: SocketAddress,
        isListening: Bool
    ) {
        let listener = Listener(
            name: name, descriptor: descriptor.rawValue, address: address.description,
            isListening: isListening)
        sockets.append(Socket(listener: listener, descriptor: descriptor))
    }
}

extension Connections {
    fileprivate func next() async -> Connection? {
        var iterator = makeAsyncIterator()
        return await iterator.next()
    }
}
