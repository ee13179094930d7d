// What the agent does: the job, and telling the workers.

import Dispatch
import Glibc
import Martlet

struct Notice: Codable, Sendable {
    let text: String
}

/// The work that one process does for all. The count goes on when another agent takes over.
private func doJob(_ worker: Worker) -> Notice {
    let number = worker.counter(named: "jobs")?.add(1) ?? 0
    return Notice(text: "job \(number) of agent \(worker.id)")
}

/// Returns when the agent is to leave.
func runAgent(_ worker: Worker, at time: TimeOfDay) async {
    let board = Board(doJob(worker))
    worker.ready()
    let members = Task {
        // Also those that come later are to know what is on the board.
        for await _ in worker.members { try? worker.send(board.notice, to: .workers) }
    }
    let days = Task {
        while await time.comes() {
            board.notice = doJob(worker)
            try? worker.send(board.notice, to: .workers)
        }
    }
    for await _ in worker.drainNotices {}
    members.cancel()
    days.cancel()
}
