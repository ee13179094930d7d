// A story as a file of JSON lines: the pool's beginning first, then each event with its time in
// nanoseconds.

import FoundationEssentials
import PoolCore
import PoolSimulation

enum ScriptFile {
    private struct Head: Codable {
        var beginning: Trial.Beginning
    }

    private struct Line: Codable {
        var at: Int64
        var event: Event
    }

    /// Why a file can't be used, as a sentence.
    struct Unreadable: Error {
        let sentence: String
    }

    static func text(of script: Script) -> String {
        let lines = script.lines.map { line(of: $0.event, at: $0.at) }
        return ([head(of: script.beginning)] + lines).map { $0 + "\n" }.joined()
    }

    static func head(of beginning: Trial.Beginning) -> String { json(Head(beginning: beginning)) }

    static func line(of event: Event, at time: Instant) -> String {
        json(Line(at: time.nanoseconds, event: event))
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // These values hold nothing that JSON can't say.
        guard let data = try? encoder.encode(value) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }

    static func write(_ script: Script, to path: String) throws(Unreadable) {
        do {
            let folder = URL(filePath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true)
            try Data(text(of: script).utf8).write(to: URL(filePath: path))
        } catch {
            throw Unreadable(sentence: "could not write \(path): \(error)")
        }
    }

    static func read(_ path: String) throws(Unreadable) -> Script {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw Unreadable(sentence: "could not read \(path)")
        }
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard let first = lines.first, let head: Head = value(in: first) else {
            throw Unreadable(
                sentence: "\(path), line 1: not the beginning of a pool, "
                    + "as {\"beginning\":{\"policy\":…,\"seed\":0}} is one")
        }
        var script = Script(beginning: head.beginning, lines: [])
        for (index, text) in lines.enumerated().dropFirst() where !text.isEmpty {
            guard let line: Line = value(in: text) else {
                throw Unreadable(
                    sentence: "\(path), line \(index + 1): not an event, "
                        + "as {\"at\":0,\"event\":{\"start\":{}}} is one")
            }
            script.lines.append((line.event, Instant(nanoseconds: line.at)))
        }
        return script
    }

    private static func value<Value: Decodable>(in text: Data) -> Value? {
        // A member name that is no UTF-8 stops the decoder of Swift 6.0 for good.
        guard String(validating: text, as: UTF8.self) != nil else { return nil }
        return try? JSONDecoder().decode(Value.self, from: text)
    }
}
