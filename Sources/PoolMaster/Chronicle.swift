// Where the pool's story is told: the journal under systemd, standard error on a terminal.
// Invariant: telling never waits; what could not be taken is counted and said later.

import LinuxKernel
import PoolCore
import Systemd

/// The master's own messages. Workers write for themselves.
package final class Chronicle {
    private let pool: String
    private let journal: Journal?
    /// In place of a journal; `nil` for a master that was started with no standard error.
    let console: Console?
    private let isColoured: Bool
    private var lost = 0

    /// - Parameter journal: `nil` writes lines to standard error.
    package init(pool: String, journal: Journal?) {
        self.pool = pool
        self.journal = journal
        console = journal == nil ? try? Console() : nil
        isColoured = journal == nil && Colour.areWanted(on: .error)
    }

    package func tell(_ record: Record, pid: Int32?) {
        var fields = [
            JournalField("MARTLET_REASON", record.reason),
            JournalField("MARTLET_WORKER", record.slot.map { $0 == .ofAgent ? "agent" : "\($0)" }),
            JournalField("MARTLET_INCARNATION", record.worker.map { "\($0.incarnation)" }),
            JournalField("MARTLET_GENERATION", record.generation.map { "\($0)" }),
            JournalField("WORKER_PID", pid.map { "\($0)" }),
        ].compactMap { $0 }
        if let status = record.exitStatus { fields += status.fields }
        tell(record.level, MessageID(record), record.sentence, fields)
    }

    /// Something of the master's own.
    package func tell(
        _ level: Record.Level, _ id: MessageID?, _ sentence: String, _ fields: [JournalField] = []
    ) {
        reportLost()
        send(level, id, sentence, fields)
    }

    private func send(
        _ level: Record.Level, _ id: MessageID?, _ sentence: String, _ fields: [JournalField] = []
    ) {
        let isTaken =
            if let journal {
                journal.send(entry(level, id, sentence) + fields) != .dropped
            } else {
                console?.write(line(level, sentence)) ?? true
            }
        if !isTaken { lost += 1 }
    }

    private func reportLost() {
        guard lost > 0 else { return }
        let count = lost
        lost = 0
        let what = count == 1 ? "1 message is" : "\(count) messages are"
        let place = journal == nil ? "the terminal" : "the journal"
        send(.warning, .messagesLost, "\(what) missing here: \(place) did not take them")
        // If this one is not taken either, the count goes on from where it was.
        if lost > 0 { lost += count - 1 }
    }

    private func entry(
        _ level: Record.Level, _ id: MessageID?, _ sentence: String
    ) -> [JournalField] {
        [
            JournalField("MESSAGE", "\(pool): \(sentence)"),
            JournalField("PRIORITY", "\(level.rawValue)"),
            JournalField("SYSLOG_IDENTIFIER", "martlet"),
            JournalField("MARTLET_POOL", pool),
            JournalField("MESSAGE_ID", id?.rawValue),
        ].compactMap { $0 }
    }

    /// Something the system does not offer, and what is done in its place.
    package func tellFallback(_ why: String) {
        tell(
            .notice, .fallbackUsed,
            "workers get no cgroups: \(why); their descendants are found by process group",
            [JournalField("MARTLET_REASON", why)])
    }

    private func line(_ level: Record.Level, _ sentence: String) -> String {
        let tag = isColoured ? Colour.bold.around("martlet") : "martlet"
        guard isColoured, let colour = level.colour else { return "\(tag) \(pool): \(sentence)\n" }
        return "\(tag) \(pool): \(colour.around(sentence))\n"
    }
}

extension JournalField {
    fileprivate init?(_ name: String, _ value: String?) {
        guard let value else { return nil }
        self.init(name, value)
    }
}

extension ExitStatus {
    /// As systemd's own messages have them: `exited` and a number, `killed` or `dumped` and the
    /// signal's name.
    fileprivate var fields: [JournalField] {
        switch self {
        case .exited(let code):
            [JournalField("EXIT_CODE", "exited"), JournalField("EXIT_STATUS", "\(code)")]
        case .signaled(let signal, let core):
            [
                JournalField("EXIT_CODE", core ? "dumped" : "killed"),
                JournalField("EXIT_STATUS", String(signal.description.dropFirst(3))),
            ]
        case .unknown: []
        }
    }
}

extension Record.Level {
    fileprivate var colour: Colour? {
        switch self {
        case .error: .red
        case .warning: .yellow
        case .notice: .bold
        case .info: nil
        }
    }
}
