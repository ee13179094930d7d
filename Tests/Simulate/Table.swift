// The figures of a run, for people.

import PoolSimulation

struct Table {
    private var lines: [String] = []

    var text: String { lines.joined(separator: "\n") }

    private mutating func add(_ name: String, _ value: String) {
        lines.append(name.padded(to: 24) + value)
    }

    private mutating func add<Kind: Countable>(_ title: String, _ counts: Counts<Kind>) {
        lines += ["", title]
        var cells = Kind.allCases.map {
            "  " + "\($0)".padded(to: 22) + grouped(counts[$0]).aligned(to: 12)
        }
        while !cells.isEmpty {
            lines.append(cells.prefix(3).joined(separator: "  "))
            cells = Array(cells.dropFirst(3))
        }
    }

    init(_ crew: Crew, _ options: Options) {
        let tally = crew.tally
        let records = tally.records
        let neverReady =
            records[.neverReadyRefused] + records[.neverReadyNotExecuted]
            + records[.neverReadyExited] + records[.neverReadyInTime]
        let pace = crew.elapsed > 0 ? Int(Double(crew.events) / crew.elapsed) : 0
        add(
            "seeds",
            "\(grouped(crew.seeds)), from \(options.seed) on, \(crew.failures.count) failed")
        add("events", "\(grouped(crew.events)) in \(rounded(crew.elapsed)) s")
        add("events a second", "\(grouped(pace)), \(options.jobs) at once")
        add("promises checked", grouped(tally.checks))
        add("lives of pools", grouped(tally.lives))
        add("stories with agents", grouped(tally.companies))
        if options.isCompany {
            addCompany(tally)
            return
        }
        add("launches", grouped(tally.effects[.launch]))
        add(
            "workers lost",
            "\(grouped(records[.exited])) by a crash or an exit, "
                + "\(grouped(records[.silent] + records[.troubled])) hung, "
                + "\(grouped(neverReady)) never ready")
        add(
            "rollouts",
            "\(grouped(records[.rolloutStarted])) begun, \(grouped(records[.rolloutFinished])) done, "
                + "\(grouped(records[.rolloutFailed])) gone back, "
                + "\(grouped(records[.rolloutPaused])) paused")
        add("trouble made", grouped(tally.troubles.total))
        add(
            "longest way to rest",
            "\(grouped(tally.mostEventsToQuiet)) events; \(tally.longestQuiet.spoken) of the "
                + "world's time; in \(grouped(tally.quiets)) stories")
        add("most effects at once", grouped(tally.mostEffects))
        add("Trouble made", tally.troubles)
        add("Events told", tally.events)
        add("Effects wished for", tally.effects)
        add("Records written", tally.records)
        add("Workers, slots, rollouts and pools seen after an event", tally.standings)
        add("Seen of agents", tally.sights)
        addMissing(tally.missing)
    }

    /// Of the rest nothing is counted there.
    private mutating func addCompany(_ tally: Tally) {
        add("Seen of agents", tally.sights)
        addMissing(tally.sights.missing)
    }

    private mutating func addMissing(_ names: [String]) {
        lines += [
            "", "never seen: \(names.isEmpty ? "nothing" : names.joined(separator: ", "))",
        ]
    }

    private func rounded(_ seconds: Double) -> String {
        let tenths = Int(seconds * 10)
        return "\(tenths / 10).\(tenths % 10)"
    }
}

/// `1234567` as `1,234,567`.
func grouped(_ number: Int) -> String {
    var text = ""
    for (place, digit) in "\(number)".reversed().enumerated() {
        if place > 0, place % 3 == 0 { text.append(",") }
        text.append(digit)
    }
    return String(text.reversed())
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }

    fileprivate func aligned(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
