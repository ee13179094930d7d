// What is on the board, and how workers show it.

import Dispatch
import Martlet
import TinyHTTP

/// A notice that several threads read and change.
final class Board: @unchecked Sendable {
    private let queue = DispatchQueue(label: "board")
    private var latest: Notice

    init(_ notice: Notice) {
        latest = notice
    }

    var notice: Notice {
        get { queue.sync { latest } }
        set { queue.sync { latest = newValue } }
    }
}

func runBoard(_ worker: Worker) {
    let board = Board(Notice(text: "nothing yet"))
    let messages = worker.messages
    Task {
        for await message in messages where message.sender == .agent {
            if let notice = try? message.decode(Notice.self) { board.notice = notice }
        }
    }
    worker.ready()
    while let connection = worker.nextConnection() {
        serve(connection, of: worker) { request in
            #"{"path": "\#(request.target)", "notice": "\#(board.notice.text)", "#
                + #""slot": \#(worker.slot), "generation": \#(worker.generation)}"#
        }
    }
}
