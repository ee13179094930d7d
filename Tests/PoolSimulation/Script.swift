// A story without a world: a pool's beginning, and what it is told, when.
// Invariant: playing a script twice gives the same effects and the same faults.

import PoolCore

package struct Script: Sendable {
    package var beginning: Trial.Beginning
    package var lines: [(event: Event, at: Instant)]

    package init(beginning: Trial.Beginning, lines: [(Event, Instant)]) {
        self.beginning = beginning
        self.lines = lines
    }

    /// A script as it was played.
    package struct Performance {
        /// What was told: the lines that could happen, up to the first that broke a promise.
        package var script: Script
        package var faults: [Fault]
    }

    /// Tells a pool all of it, but what can't happen, until a promise is broken.
    ///
    /// - Parameters:
    ///   - before: sees each line that is told, with its place in the script.
    ///   - after: sees what came of it.
    package func play(
        before: (Int, Event, Instant) -> Void = { _, _, _ in },
        after: ([Effect], Trial) -> Void = { _, _ in }
    ) -> Performance {
        perform(name: { id, _ in id }, before: before, after: after)
    }

    fileprivate func perform(
        name: (WorkerID, Cast) -> WorkerID?,
        before: (Int, Event, Instant) -> Void = { _, _, _ in },
        after: ([Effect], Trial) -> Void = { _, _ in }
    ) -> Performance {
        var trial = Trial(beginning)
        var law = Law()
        var cast = Cast()
        var told: [(Event, Instant)] = []
        for (index, line) in lines.enumerated() {
            guard let event = line.event.renamed({ name($0, cast) }), law.allows(event) else {
                continue
            }
            before(index, event, line.at)
            told.append((event, line.at))
            let effects = trial.tell(event, at: line.at)
            law.note(effects)
            cast.note(effects)
            after(effects, trial)
            if !trial.faults.isEmpty { break }
        }
        return Performance(
            script: Script(beginning: beginning, lines: told), faults: trial.faults)
    }
}

/// A script whose workers are known by slot and by their turn in it, so that they stay who they are
/// when a launch in another slot is cut.
struct Draft {
    let script: Script

    /// One that names its workers so already.
    init(naming script: Script) { self.script = script }

    init(_ script: Script) {
        var parts: [(Event, Instant)] = []
        var cast = Cast()
        var trial = Trial(script.beginning)
        for line in script.lines {
            guard let event = line.event.renamed({ cast.part(of: $0) }) else { continue }
            parts.append((event, line.at))
            cast.note(trial.tell(line.event, at: line.at))
        }
        self.script = Script(beginning: script.beginning, lines: parts)
    }

    func play() -> Script.Performance {
        script.perform(name: { $1.worker(in: $0) })
    }
}

/// Who plays which part: the n-th launch in a slot.
private struct Cast {
    private var launches: [Slot: [WorkerID]] = [:]
    private var parts: [WorkerID: WorkerID] = [:]

    mutating func note(_ effects: [Effect]) {
        for case .launch(let id, _) in effects {
            launches[id.slot, default: []].append(id)
            let turn = UInt64(launches[id.slot, default: []].count)
            parts[id] = WorkerID(slot: id.slot, incarnation: turn)
        }
    }

    func part(of id: WorkerID) -> WorkerID? {
        id.incarnation >= Law.firstStranger ? id : parts[id]
    }

    func worker(in part: WorkerID) -> WorkerID? {
        if part.incarnation >= Law.firstStranger { return part }
        let turns = launches[part.slot] ?? []
        let turn = Int(part.incarnation) - 1
        return turns.indices.contains(turn) ? turns[turn] : nil
    }
}

extension Event {
    /// The same about the worker with another name; `nil` if there is none.
    fileprivate func renamed(_ name: (WorkerID) -> WorkerID?) -> Event? {
        guard let id = worker else { return self }
        return name(id).map(with)
    }
}
