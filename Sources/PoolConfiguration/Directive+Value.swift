// How the value of a directive is read, reset and shown again.
// Invariant: what `shownValues` shows is read back as the same setting.

import PoolCore

extension Directive {
    /// Takes one assignment; an empty one resets the directive to its default.
    func apply(
        _ text: String, at origin: Origin, to values: inout SettingValues
    ) throws(InvalidValue) {
        if text.isEmpty {
            reset(&values)
            return
        }
        switch kind {
        case .workerCount: values.workers = try WorkerCount(parsing: text)
        case .count(let place, let range):
            values[place] = try Self.number(text, in: range)
        case .timeSpan(let place): values[place] = try Self.finiteTimeSpan(text)
        case .timeout(let place, _): values[place] = try Self.timeout(text)
        case .bothTimeouts:
            for twin in timeoutTwins { try twin.apply(text, at: origin, to: &values) }
        case .byteSize(let place, let least):
            values[place] = try Self.byteSize(text, least: least)
        case .signal(let place): values[place] = try Self.signal(text)
        case .word(let place): try place.set(text, in: &values)
        case .boolean(let place): values[place] = try Self.boolean(text)
        case .exitStatuses(let place):
            let added = try ExitStatusSet(parsing: text)
            values[place] = values[place].union(added)
        case .command(let place):
            try Self.expectNone(values[place], origin: values.origin(of: self))
            values[place] = try WorkerCommand(parsing: text, pool: values.pool)
        case .workingDirectory(let place):
            values[place] = try WorkingDirectory(parsing: text, pool: values.pool)
        case .environment(let place):
            let added = try EnvironmentAssignment.parseList(
                text, pool: values.pool, origin: origin)
            values.change(place) { $0 += added }
        case .environmentFiles(let place):
            let file = try EnvironmentFile(parsing: text, pool: values.pool, origin: origin)
            values.change(place) { $0.append(file) }
        }
        values.setOrigin(origin, of: self)
    }

    private func reset(_ values: inout SettingValues) {
        let defaults = SettingValues(pool: values.pool)
        switch kind {
        case .workerCount: values.workers = defaults.workers
        case .count(let place, _): values[place] = defaults[place]
        case .timeSpan(let place): values[place] = defaults[place]
        case .timeout(let place, _): values[place] = defaults[place]
        case .bothTimeouts: for twin in timeoutTwins { twin.reset(&values) }
        case .byteSize(let place, _): values[place] = defaults[place]
        case .signal(let place): values[place] = defaults[place]
        case .word(let place): place.copy(from: defaults, to: &values)
        case .boolean(let place): values[place] = defaults[place]
        case .exitStatuses(let place): values[place] = defaults[place]
        case .command(let place): values[place] = defaults[place]
        case .workingDirectory(let place): values[place] = defaults[place]
        case .environment(let place): values[place] = defaults[place]
        case .environmentFiles(let place): values[place] = defaults[place]
        }
        values.setOrigin(nil, of: self)
    }

    /// The values in force, each with the place that set it; none for an alias, one without text
    /// for a list that is empty.
    func shownValues(_ values: SettingValues) -> [(text: String, origin: Origin)] {
        let origin = values.origin(of: self)
        switch kind {
        case .workerCount: return [(values.workers.description, origin)]
        case .count(let place, _): return [("\(values[place])", origin)]
        case .timeSpan(let place): return [(values[place].timeSpanText, origin)]
        case .timeout(let place, let none):
            return [(values[place]?.timeSpanText ?? none, origin)]
        case .bothTimeouts: return []
        case .byteSize(let place, _):
            return [(values[place].map(ByteSize.text) ?? "infinity", origin)]
        case .signal(let place): return [(values[place].description, origin)]
        case .word(let place): return [(place.word(in: values), origin)]
        case .boolean(let place): return [(values[place] ? "yes" : "no", origin)]
        case .exitStatuses(let place): return [(values[place].listText, origin)]
        case .command(let place): return [(values[place]?.written ?? "", origin)]
        case .workingDirectory(let place): return [(values[place]?.text ?? "", origin)]
        case .environment(let place):
            let shown = values[place].effective.map { (text: $0.listText, origin: $0.origin) }
            return shown.isEmpty ? [("", origin)] : shown
        case .environmentFiles(let place):
            let shown = values[place].map { (text: $0.pathText, origin: $0.origin) }
            return shown.isEmpty ? [("", origin)] : shown
        }
    }

    private var timeoutTwins: [Directive] {
        ["TimeoutStartSec", "TimeoutStopSec"].compactMap { Directive.named($0, in: section) }
    }

    private static func expectNone(
        _ command: WorkerCommand?, origin: Origin
    ) throws(InvalidValue) {
        guard command == nil else {
            let sentence =
                "runs one command, and \(origin) names one already; a line \"ExecStart=\" before "
                + "this one resets it"
            throw InvalidValue("a worker \(sentence)", ofAgent: "the agent \(sentence)")
        }
    }

    private static func number(
        _ text: String, in range: ClosedRange<Int>
    ) throws(InvalidValue) -> Int {
        guard text.utf8.allSatisfy(\.isDigit), let number = Int(text), range.contains(number) else {
            throw InvalidValue(
                "expects a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func byteSize(
        _ text: String, least: UInt64
    ) throws(InvalidValue) -> UInt64? {
        guard let bytes = try ByteSize.parse(text) else { return nil }
        guard bytes >= least else {
            throw InvalidValue("expects a size of at least \(ByteSize.text(least))")
        }
        return bytes
    }

    private static func finiteTimeSpan(_ text: String) throws(InvalidValue) -> Duration {
        guard case .finite(let span) = try TimeSpan(parsing: text) else {
            throw InvalidValue("expects a time span that ends")
        }
        return span
    }

    private static func timeout(_ text: String) throws(InvalidValue) -> Duration? {
        guard case .finite(let span) = try TimeSpan(parsing: text), span > .zero else { return nil }
        return span
    }

    private static func signal(_ text: String) throws(InvalidValue) -> Signal {
        if let signal = Signal(named: text) { return signal }
        let name = text.uppercased().hasPrefix("SIG") ? text : "SIG" + text
        throw InvalidValue("no such signal\(suggestion(for: name, among: Signal.allNames))")
    }

    /// The words of systemd.syntax(7).
    private static func boolean(_ text: String) throws(InvalidValue) -> Bool {
        switch text.lowercased() {
        case "1", "yes", "true", "on": true
        case "0", "no", "false", "off": false
        default: throw InvalidValue("expects yes or no")
        }
    }
}
