// A notice board. The pool's agent puts a notice up when it starts, and each day at midnight or at the
// time of day that it is given; all workers show it. One program in two roles:
//
//     [Worker]
//     ExecStart=/opt/board/midnight-job
//     [Agent]
//     ExecStart=/opt/board/midnight-job 03:30:00

import Martlet
import TinyHTTP

let worker = Worker.current
if worker.isAgent {
    await runAgent(worker, at: TimeOfDay(CommandLine.arguments.dropFirst().first))
} else {
    runBoard(worker)
}
