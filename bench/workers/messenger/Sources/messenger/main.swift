// What workers/messenger.c does, with the library: it asks slot 1, tells all, and counts, as the
// benchmark at the unix socket of the variable DIRECTOR wishes.

import Glibc
import Martlet
import Synchronization

/// What workers say to each other.
enum Word: Int, Codable {
    case ping, pong, news
}

/// What is left of the errands that this worker is on.
struct Errands {
    var toAsk = 0, toBeAnswered = 0, toTell = 0, toHear = 0
}

let worker = Worker.current
guard let path = getenv("DIRECTOR").map({ String(cString: $0) }),
    let director = Director(path: path),
    let counter = worker.counter(named: "bench")
else { exit(1) }
let errands = Mutex(Errands())

@Sendable func say(_ word: Word, to recipient: Recipient) {
    do { try worker.send(word, to: recipient) } catch { exit(1) }
}

@Sendable func hearPong() {
    let (asks, isOver) = errands.withLock { left in
        left.toBeAnswered -= 1
        defer { if left.toAsk > 0 { left.toAsk -= 1 } }
        return (left.toAsk > 0, left.toBeAnswered == 0)
    }
    if asks { say(.ping, to: .slot(1)) }
    if isOver { director.say("done") }
}

@Sendable func hearNews() {
    let (tells, isOver) = errands.withLock { left in
        left.toHear -= 1
        defer { if left.toTell > 0 { left.toTell -= 1 } }
        return (left.toTell > 0, left.toHear == 0)
    }
    if tells { say(.news, to: .workers) }
    if isOver { director.say("done") }
}

func obey(_ verb: Substring, _ count: Int, atATime: Int) {
    let first = min(count, atATime)
    switch verb {
    case "ask":
        errands.withLock { ($0.toAsk, $0.toBeAnswered) = (count - first, count) }
        for _ in 0..<first { say(.ping, to: .slot(1)) }
    case "expect":
        errands.withLock { $0.toHear = count }
        director.say("done")
    case "tell":
        errands.withLock { $0.toTell = count - first }
        for _ in 0..<first { say(.news, to: .workers) }
    case "count":
        for _ in 0..<count { counter.add(1) }
        director.say("done")
    default: director.say("\(counter.value)")
    }
}

let messages = worker.messages
// Not on the main thread, which waits for commands.
Task.detached {
    for await message in messages {
        switch try? message.decode(Word.self) {
        case .ping:
            if case .slot(let slot) = message.sender { say(.pong, to: .slot(slot)) }
        case .pong: hearPong()
        case .news: hearNews()
        case nil: exit(1)
        }
    }
    exit(0)
}
worker.ready()
director.say("\(worker.slot)")
while let command = director.nextCommand() {
    let numbers = command.dropFirst().compactMap { Int($0) }
    obey(command[0], numbers.first ?? 0, atATime: numbers.dropFirst().first ?? 1)
}
