// What holds for the value of any directive: each reader of values gives something that its printer
// shows and it reads back as the same, or one sentence.

import LinuxKernel
import PoolCore
import PoolWire

@testable import PoolConfiguration
@testable import martletctl

struct ValuesCheck {
    private let text: String

    /// As it is after `ConfigurationLines`, which is `ConfigurationCheck`'s matter: valid UTF-8 on
    /// one line, without NUL and without blanks at its ends.
    init(_ input: [UInt8]) {
        let line = input.filter { $0 != 0 && $0 != .newline && $0 != .carriageReturn }
        text = String(decoding: line, as: UTF8.self).trimmed
    }

    func run() throws {
        try checkQuantities()
        try checkNames()
        try checkWords()
        try checkTexts()
        try checkCommand()
        try checkAddress()
        try checkRefusals()
    }

    /// The value, or `nil` with its reason looked at.
    private func read<Value>(_ body: () throws -> Value) throws -> Value? {
        do {
            return try body()
        } catch let refused as InvalidValue {
            let problem = ConfigurationProblem(file: "f", line: 1, message: refused.reason)
            try demand(!refused.reason.isEmpty, "refused without a reason")
            try demand(refused.reason.utf8.count <= 1_200, "a long reason: \(refused.reason)")
            try demandHarmless(problem.description, "a reason")
            return nil
        }
    }

    private func checkQuantities() throws {
        if case .finite(let span) = try read({ try TimeSpan(parsing: text) }) {
            try demand(span >= .zero, "a negative span: \(span)")
            try demand(.nanoseconds(span.saturatingNanoseconds) == span, "too long: \(span)")
            let again = try TimeSpan(parsing: span.timeSpanText)
            try demand(again == .finite(span), "\(span.timeSpanText) is read back as \(again)")
        }
        if let bytes = try read({ try ByteSize.parse(text) }) ?? nil {
            let shown = ByteSize.text(bytes)
            let again = try read { try ByteSize.parse(shown) } ?? nil
            try demand(again == bytes, "\(shown) is read back as \(again.map(String.init) ?? "")")
        }
        if let count = try read({ try WorkerCount(parsing: text) }) {
            try demand(try WorkerCount(parsing: count.description) == count, "\(count)")
            for processors in [Int.min, 1, Int.max] {
                let number = count.resolved(availableProcessors: processors)
                try demand(WorkerCount.range.contains(number), "\(count) is \(number)")
            }
        }
        _ = HandedOnLine.boolean(text)
    }

    private func checkNames() throws {
        if let signal = Signal(named: text) {
            try demand(signal.isUsable, "signal \(signal.number)")
            try demand(Signal(named: signal.description) == signal, "\(signal)")
        }
        if let set = try read({ try ExitStatusSet(parsing: text) }) {
            try demand(set.isUsable, "\(set.listText)")
            try demand(try ExitStatusSet(parsing: set.listText) == set, "\(set.listText)")
        }
        if let name = try read({ try PoolName.validated(text) }) {
            try demand(name == text && name.utf8.count <= 64, "the pool \(name)")
            try demand(!name.utf8.contains(UInt8(ascii: "/")) && name != "..", "the pool \(name)")
        }
        let candidates = Directive.all.map(\.name)
        if let nearest = nearestName(to: text, among: candidates) {
            try demand(candidates.contains(nearest), "the name \(nearest)")
        }
    }

    private func checkWords() throws {
        if let words = try read({ try Words.split(text) }) {
            let size = words.reduce(0) { $0 + $1.utf8.count }
            try demand(words.count + size <= text.utf8.count + 1, "\(words.count) words of \(size)")
            let shown = words.map(\.quotedWord).joined(separator: " ")
            try demandHarmless(shown, "quoted words")
            try demand(try Words.split(shown) == words, "\(words) is shown as \(shown)")
        }
        let relaxed = text.relaxedWords
        let size = relaxed.reduce(0) { $0 + $1.utf8.count }
        // A word that is cut within a character has U+FFFD there, three bytes for one.
        try demand(relaxed.count + size <= 3 * text.utf8.count + 1, "\(relaxed.count) words")
    }

    private func checkTexts() throws {
        let literal = SpecifierText(literal: text)
        let reread = try SpecifierText(parsing: literal.written, pool: "web")
        try demand(reread.expand(post: .slot(1), generation: 2) == text, "\(literal.written)")
        if let specified = try read({ try SpecifierText(parsing: text, pool: "web") }) {
            try demand(specified.written == text, "written as \(specified.written)")
            let size = specified.expand(post: .slot(1_023), generation: 1).utf8.count
            try demand(size <= 4 * text.utf8.count, "\(size) bytes")
        }
        let list = try read {
            try EnvironmentAssignment.parseList(text, pool: "web", origin: .builtIn)
        }
        if let list {
            let shown = list.map(\.listText).joined(separator: " ")
            let again = try EnvironmentAssignment.parseList(shown, pool: "web", origin: .builtIn)
            try demand(again == list, "\(list) is shown as \(shown)")
        }
        if let directory = try read({ try WorkingDirectory(parsing: text, pool: "web") }) {
            try demand(
                try WorkingDirectory(parsing: directory.text, pool: "web") == directory,
                directory.text)
        }
        let file = try read { try EnvironmentFile(parsing: text, pool: "web", origin: .builtIn) }
        if let file {
            let again = try EnvironmentFile(parsing: file.pathText, pool: "web", origin: .builtIn)
            try demand(again == file, file.pathText)
        }
    }

    private func checkCommand() throws {
        guard let command = try read({ try WorkerCommand(parsing: text, pool: "web") }) else {
            return
        }
        try demand(try WorkerCommand(parsing: command.written, pool: "web") == command, text)
        let resolved = command.resolve(post: .slot(3), generation: 2, environment: ["Y": text])
        try demand(!resolved.program.isEmpty, "no program")
        for word in [resolved.program] + resolved.arguments {
            try demand(!word.utf8.contains(0), "a NUL in the command")
        }
    }

    private func checkAddress() throws {
        guard let address = SocketAddress(listenStream: text) else { return }
        try demand(SocketAddress(listenStream: address.description) == address, "\(address)")
    }

    private func checkRefusals() throws {
        do throws(Failure) {
            _ = try ScaleWish(text)
        } catch {
            try demandHarmless(error.sentence, "the refusal of a number")
        }
        do throws(Failure) {
            _ = try PoolWord(text)
        } catch {
            try demandHarmless(error.sentence, "the refusal of a name")
        }
        do throws(Failure) {
            _ = try WorkerWord(text)
        } catch {
            try demandHarmless(error.sentence, "the refusal of a worker")
        }
    }
}
