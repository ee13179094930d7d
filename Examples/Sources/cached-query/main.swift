// One worker asks the database, all answer from memory: a query that is broadcast every ten seconds.
//
// Slot 0 asks. If its worker ends, the next one in that slot goes on; a worker that has just started
// asks for what is known.

import Dispatch
import Glibc
import Martlet
import Synchronization
import TinyHTTP

/// What workers say to each other.
enum Word: Codable {
    case result(String)
    /// A new worker has nothing yet.
    case wanted
}

let worker = Worker.current
let known = Mutex<String?>(nil)
let interval = getenv("INTERVAL").flatMap { Int(String(cString: $0)) } ?? 10

/// As slow as a database may be.
func query() -> String {
    usleep(50_000)
    return "result \(time(nil)) of worker \(worker.id)"
}

func publish() {
    let result = query()
    known.withLock { $0 = result }
    try? worker.send(Word.result(result), to: .others)
}

func publishForEver() {
    publish()
    DispatchQueue.main.asyncAfter(deadline: .now() + .seconds(interval)) { publishForEver() }
}

/// Until somebody has answered: only workers that are ready are told anything.
func ask() {
    guard known.withLock({ $0 == nil }) else { return }
    try? worker.send(Word.wanted, to: .slot(0))
    DispatchQueue.main.asyncAfter(deadline: .now() + .milliseconds(100)) { ask() }
}

let messages = worker.messages
Task {
    for await message in messages {
        switch try? message.decode(Word.self) {
        case .result(let result): known.withLock { $0 = result }
        case .wanted:
            guard case .slot(let slot) = message.sender, let result = known.withLock({ $0 })
            else { continue }
            try? worker.send(Word.result(result), to: .slot(slot))
        case nil: break
        }
    }
}

DispatchQueue(label: "connections").async {
    while let connection = worker.nextConnection() {
        serve(connection, of: worker) { _ in
            #"{"slot": \#(worker.slot), "id": \#(worker.id), "#
                + #""result": "\#(known.withLock { $0 } ?? "none yet")"}"#
        }
    }
    exit(0)
}

worker.ready()
if worker.slot == 0 { publishForEver() } else { ask() }
dispatchMain()
