// A visit counter that all workers share, without a message for each visit. It goes on through reloads
// and crashes, and begins anew when the pool is started anew.

import Martlet
import TinyHTTP

let worker = Worker.current
guard let visits = worker.counter(named: "visits") else { fatalError("there are 1,024 counters") }
worker.ready()
while let connection = worker.nextConnection() {
    serve(connection, of: worker) { request in
        let count = visits.add(1)
        return #"{"path": "\#(request.target)", "visits": \#(count), "slot": \#(worker.slot), "#
            + #""generation": \#(worker.generation)}"#
    }
}
