// What holds for any datagram on a notify socket: it is read line by line into harmless messages,
// and a pool that is told of them stays consistent, answers each with a few effects and says nothing
// that could harm a terminal.

import PoolCore
import PoolWire

@testable import PoolMaster

struct NotifyCheck {
    private let input: [UInt8]

    init(_ input: [UInt8]) {
        self.input = input
    }

    func run() throws {
        let messages = NotifyMessage.parse(input)
        try demand(messages.count <= input.count, "\(messages.count) messages")
        for message in messages { try check(message) }
        try checkLines(messages)
        var play = NotifiedPool()
        try play.run(messages.compactMap(Notice.init))
    }

    private func check(_ message: NotifyMessage) throws {
        switch message {
        case .status(let text):
            try demand(text.unicodeScalars.count <= NotifyMessage.longestStatus, "a long status")
            try demandHarmless(text, "a status")
        case .other(let name):
            try demand(name.unicodeScalars.count <= NotifyMessage.longestName, "a long name")
            try demandHarmless(name, "a name")
        case .mainProcess(let pid): try demand(pid > 0, "the process \(pid)")
        default: break
        }
        if let line = message.line {
            try demand(NotifyMessage.parse(line.utf8) == [message], "\(line) is something else")
        }
    }

    /// A datagram means what its lines mean one by one.
    private func checkLines(_ messages: [NotifyMessage]) throws {
        let end = input.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        guard !input[..<end].contains(0) else {
            try demand(messages.isEmpty, "a datagram with a NUL inside is read")
            return
        }
        let lines = input[..<end].split(separator: UInt8(ascii: "\n"))
        try demand(lines.flatMap { NotifyMessage.parse($0) } == messages, "lines mean other things")
    }
}

extension NotifyMessage {
    /// The message as a worker writes it; `nil` for one whose value is not kept.
    fileprivate var line: String? {
        switch self {
        case .ready: "READY=1"
        case .reloading: "RELOADING=1"
        case .stopping: "STOPPING=1"
        case .watchdog: "WATCHDOG=1"
        case .watchdogTrigger: "WATCHDOG=trigger"
        case .watchdogInterval(let microseconds): "WATCHDOG_USEC=\(microseconds)"
        case .extendTimeout(let microseconds): "EXTEND_TIMEOUT_USEC=\(microseconds)"
        case .status(let text): "STATUS=\(text)"
        case .errorNumber(let code): "ERRNO=\(code)"
        case .mainProcess(let pid): "MAINPID=\(pid)"
        case .other: nil
        }
    }
}

/// A pool of two workers whose first does all the talking.
private struct NotifiedPool {
    private var pool: Pool
    private var now = Instant(nanoseconds: 1_000_000_000)
    private var launched: [WorkerID] = []

    init() {
        var worker = WorkerPolicy()
        worker.watchdogInterval = .seconds(5)
        let policy = PoolPolicy(workers: 2, rolloutSettle: .zero, worker: worker)
        pool = Pool(policy: policy, watchdogInterval: .seconds(10))
    }

    mutating func run(_ notices: [Notice]) throws {
        try tell(.start)
        for notice in notices {
            guard let talker = pool.workers.first?.id else { break }
            try tell(.noticed(talker, notice))
        }
        // What was promised far ahead comes due, too.
        for _ in 0..<6 {
            guard let deadline = pool.nextDeadline else { break }
            now = max(now, deadline)
            try tell(.deadline)
        }
        _ = pool.status(at: now)
    }

    private mutating func tell(_ event: Event) throws {
        now = now + .milliseconds(1)
        let effects = pool.handle(event, at: now)
        try demand(pool.isConsistent, "\(event): \(pool.violations)")
        try demand(effects.count <= 40, "\(event) has \(effects.count) effects")
        for effect in effects { try check(effect) }
        for case .launch(let id, _) in effects { launched.append(id) }
        guard case .start = event else { return }
        for id in launched { try tell(.launched(id)) }
    }

    private func check(_ effect: Effect) throws {
        switch effect {
        case .notify(.status(let text)):
            try demand(text.utf8.count <= 2_000, "a status of \(text.utf8.count) bytes")
            try demandHarmless(text, "the pool's status")
        case .record(let record):
            try demand(record.sentence.utf8.count <= 4_000, "a long record")
            try demandHarmless(record.sentence, "a record")
        default: break
        }
    }
}
