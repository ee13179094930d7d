// A whole service in one executable: the first process is the primary, which keeps workers running and
// tells what happens; the others greet. No configuration file, no daemon.
//
//     cluster-hello [--workers N] [--policy NAME] [ADDRESS]…
//
// A worker tells the primary of each thousandth greeting; GET /crash makes it crash, GET /?ms=1000 makes it slow.

import Dispatch
import Glibc
import Martlet
import MartletCluster
import TinyHTTP

struct Greeting: Codable, Sendable {
    let number: Int64
}

let wish = Wish(CommandLine.arguments.dropFirst())
var options = Cluster.Options()
options.name = "hello"
options.rolloutSettle = .milliseconds(200)

Cluster.run(
    workers: wish.workers, listening: wish.addresses, schedulingPolicy: wish.policy,
    options: options
) { worker in
    let greetings = worker.counter(named: "greetings")
    let busy = DispatchGroup()
    worker.ready()
    while let connection = worker.nextConnection() {
        // A queue of its own is a thread of its own, which may wait.
        DispatchQueue(label: "connection").async(group: busy) {
            serve(connection, of: worker) { request in
                if request.target == "/crash" { abort() }
                usleep(UInt32(request.parameter("ms") ?? "").map { $0 * 1_000 } ?? 0)
                let number = greetings?.add(1) ?? 0
                if number % 1_000 == 0 { try? worker.send(Greeting(number: number), to: .agent) }
                return #"{"path": "\#(request.target)", "slot": \#(worker.slot), "#
                    + #""pid": \#(getpid()), "generation": \#(worker.generation)}"#
            }
        }
    }
    // The worker is to leave. What it has accepted, it answers.
    busy.wait()
} primary: { cluster in
    for await event in cluster.events { say(line(event, in: cluster)) }
}
