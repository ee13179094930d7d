// A greeting from one of several workers, without concurrency: one thread, one client at a time.
//
//     [Pool]
//     Protocol=martlet
//     Dispatch=least-connections

import Martlet
import TinyHTTP

let worker = Worker.current
worker.ready()
while let connection = worker.nextConnection() {
    serve(connection, of: worker) { request in
        #"{"hello": "\#(request.target)", "slot": \#(worker.slot), "id": \#(worker.id), "#
            + #""generation": \#(worker.generation), "peer": "\#(connection.peer ?? "gone")"}"#
    }
}
