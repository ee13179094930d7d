// Slow answers that are all finished before the worker leaves: in a reload, in a stop, whenever.
//
//     curl 'http://localhost:8000/?ms=3000' &   systemctl reload martlet@web

import Dispatch
import Glibc
import Martlet
import Synchronization
import TinyHTTP

let worker = Worker.current
let busy = DispatchGroup()
let answers = Atomic<Int>(0)

/// The pool restarts a worker that has not done this for `WatchdogSec=`.
func beat(every interval: Duration) {
    worker.heartbeat()
    let next = DispatchTime.now() + .milliseconds(Int(interval.components.seconds) * 300)
    DispatchQueue.main.asyncAfter(deadline: next) { beat(every: interval) }
}

func acceptConnections() {
    while let connection = worker.nextConnection() {
        // A queue of its own is a thread of its own, which may wait.
        DispatchQueue(label: "connection").async(group: busy) {
            serve(connection, of: worker) { request in
                usleep(UInt32(request.parameter("ms") ?? "").map { $0 * 1_000 } ?? 0)
                let count = answers.wrappingAdd(1, ordering: .relaxed).newValue
                worker.status("\(count) answers")
                return #"{"path": "\#(request.target)", "slot": \#(worker.slot), "#
                    + #""pid": \#(getpid()), "generation": \#(worker.generation), "answers": \#(count)}"#
            }
        }
    }
    // The pool wants the worker to leave. What it has accepted, it answers.
    worker.status("finishing")
    busy.notify(queue: .main) { exit(0) }
}

if let interval = worker.watchdogInterval { beat(every: interval) }
worker.ready()
DispatchQueue.global().async { acceptConnections() }
dispatchMain()
