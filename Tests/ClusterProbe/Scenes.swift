// The scenes.

import Glibc
import LinuxKernel
import Martlet
import MartletCluster

/// At once, whatever standard output is.
func say(_ line: String) { StandardStream.output.write("\(line)\n".utf8) }

func options(_ name: String) -> Cluster.Options {
    var options = Cluster.Options()
    options.name = name
    options.rolloutSettle = .milliseconds(10)
    options.stopTimeout = .seconds(20)
    return options
}

/// A worker that waits for its leave.
func serve(_ worker: Worker) {
    worker.ready()
    while let connection = worker.nextConnection() { answer(connection, worker) }
}

func answer(_ connection: Connection, _ worker: Worker) {
    let text = "slot \(worker.slot) of \(worker.generation) by \(connection.listener)\n"
    send(connection.descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
}

// MARK: Life

/// Everything that the primary can do to its workers, one after the other.
func playLife(_ name: String) -> Never {
    Cluster.run(
        workers: 2, listening: [.stream("@\(name)", name: "web")], schedulingPolicy: .roundRobin,
        options: options(name)
    ) { worker in
        serve(worker)
    } primary: { cluster in
        var life = Life(cluster)
        await life.play()
    }
}

private struct Life {
    let cluster: Cluster
    var events: AsyncStream<Cluster.Event>.Iterator

    init(_ cluster: Cluster) {
        self.cluster = cluster
        events = cluster.events.makeAsyncIterator()
    }

    mutating func play() async {
        await see(listening: 2)
        say("workers \(cluster.workers.map(\.slot))")
        cluster.fork()
        await see(listening: 1)
        say("workers \(cluster.workers.map(\.slot))")
        let first = cluster.worker(1)
        first?.kill(.kill)
        await see(listening: 1)
        say("dead \(first?.isDead ?? false), again \(cluster.worker(1) != nil)")
        cluster.worker(2)?.disconnect()
        await see(listening: 1)
        await reload()
        cluster.setupPrimary(exec: "/nowhere/at-all")
        await reload()
        cluster.disconnect()
        while let event = await events.next() { tell(event) }
        say("the end")
    }

    private func reload() async {
        do {
            try await cluster.reload()
            let staying = cluster.workers.filter { $0.state < .leaving }.map {
                "\($0.slot) of \($0.generation)"
            }
            say("reloaded \(staying.sorted())")
        } catch {
            say("\(error)")
        }
    }

    /// Until so many more have opened, and as many have gone as had to.
    private mutating func see(listening count: Int) async {
        var left = count
        while left > 0, let event = await events.next() {
            tell(event)
            if case .listening = event { left -= 1 }
        }
    }

    private func tell(_ event: Cluster.Event) {
        switch event {
        case .setup(let settings): say("setup \(settings.schedulingPolicy)")
        case .fork(let worker): say("fork \(worker.id) in \(worker.slot)")
        case .online(let worker): say("online \(worker.id)")
        case .ready(let worker): say("ready \(worker.id)")
        case .listening(let worker, let address): say("listening \(worker.id) \(address)")
        case .message: say("message")
        case .disconnect(let worker): say("disconnect \(worker.id)")
        case .exit(let worker, let status):
            say("exit \(worker.id) \(status), asked \(worker.exitedAfterDisconnect ?? false)")
        }
    }
}

// MARK: Messages

func playMessages(_ name: String) -> Never {
    Cluster.run(workers: 2, options: options(name)) { worker in
        let messages = worker.messages
        Task.detached {
            for await message in messages {
                let text = (try? message.decode(String.self)) ?? "?"
                try? worker.send("\(text) for \(worker.slot) of \(message.sender)", to: .agent)
                if text == "go" { try? worker.send("to all", to: .others) }
            }
        }
        worker.ready()
        while !worker.isDraining { usleep(10_000) }
    } primary: { cluster in
        await converse(cluster)
    }
}

private func converse(_ cluster: Cluster) async {
    var ready = 0
    var heard = 0
    for await event in cluster.events {
        switch event {
        case .ready:
            ready += 1
            guard ready == 2 else { continue }
            try? cluster.send("hello", to: .workers)
            try? cluster.workers.last?.send("you")
            try? cluster.send("self", to: .agent)
            do {
                try cluster.send(String(repeating: "x", count: 70_000), to: .all)
            } catch {
                say("\(error)")
            }
        case .message(let message):
            say("\(message.sender) says \((try? message.decode(String.self)) ?? "?")")
            heard += 1
            if heard == 4 { try? cluster.send("go", to: .slot(0)) }
            // The answer, the one to all, and what the other worker makes of that.
            if heard == 7 { cluster.disconnect() }
        default: break
        }
    }
}

// MARK: Sockets

/// Greets until it is told to stop; the words are addresses.
func playGreeting(_ name: String, at addresses: [String]) -> Never {
    Cluster.run(
        workers: 2, listening: addresses.map { .stream($0) }, options: options(name)
    ) { worker in
        serve(worker)
    } primary: { cluster in
        for await event in cluster.events {
            switch event {
            case .listening(let worker, let address): say("\(worker.processID) at \(address)")
            default: break
            }
        }
    }
}

// MARK: Refusals

func playLimits(_ name: String) -> Never {
    var options = options(name)
    options.rolloutSurge = 0
    options.rolloutMaxUnready = 0
    options.stopTimeout = .seconds(-1)
    options.startLimitBurst = 20_000
    options.environment = ["MARTLET_POOL": "mine"]
    Cluster.run(workers: 0, options: options) { _ in }
}

private struct Unwilling: Error {}

func playBroken(_ name: String) -> Never {
    Cluster.run(workers: 1, options: options(name)) { _ in throw Unwilling() }
}

// MARK: Awaiting

@MainActor private var steps = 0

/// The body and the closure of the primary wait for the main actor, which is free meanwhile.
@MainActor func playAwaiting(_ name: String) async -> Never {
    await Cluster.run(workers: 1, listening: ["@\(name)"], options: options(name)) { worker in
        steps += 1
        worker.ready()
        for await connection in worker.connections() { answer(connection, worker) }
        exit(steps == 1 ? 0 : 1)
    } primary: { cluster in
        for await event in cluster.events {
            if case .listening = event {
                await MainActor.run { steps += 1 }
                say("steps \(await steps), primary \(Cluster.isPrimary)")
                cluster.disconnect()
            }
            if case .exit(_, let status) = event { say("\(status)") }
        }
    }
}
