// Stories told line by line: each event, what the pool wished for, and which promise was broken.

import PoolCore
import PoolSimulation

/// - Returns: whether every promise was kept.
func tellStory(of script: Script) -> Bool {
    say("   the pool: \(script.beginning.sentence)")
    let begin = script.lines.first?.at ?? Instant(nanoseconds: 0)
    var told = Set<Int>()
    let performance = script.play(
        before: { index, event, time in
            told.insert(index)
            say("\((time - begin).spoken): \(event.sentence)")
        },
        after: { effects, trial in
            for effect in effects { say("     \(effect.sentence)") }
            for fault in trial.faults { say("   ! \(fault.sentence)") }
        })
    let last = told.max() ?? -1
    let impossible = script.lines.indices.filter { $0 < last && !told.contains($0) }
    if !impossible.isEmpty {
        let places = impossible.map { "\($0 + 2)" }.joined(separator: ", ")
        say("left out, as they can't happen here: lines \(places)")
    }
    say(performance.faults.isEmpty ? "every promise was kept" : "a promise was broken")
    return performance.faults.isEmpty
}

/// The whole of one seed, with all lives of its pool.
func tellStory(of options: Options) -> Bool {
    var world = World(seed: options.seed, only: options.only)
    world.journal = { _, event, time in
        if case .start = event { say("   a pool begins") }
        say("\((time - Instant(nanoseconds: 0)).spoken): \(event.sentence)")
    }
    world.run(events: options.events)
    for fault in world.faults { say("   ! \(fault.sentence)") }
    say(world.dump())
    return world.faults.isEmpty
}

/// The same of a seed's pools with agents.
func tellCompany(of options: Options) -> Bool {
    let faults = recountCompany(of: options.seed, events: options.events) { say($0) }
    say(faults.isEmpty ? "every promise was kept" : "a promise was broken")
    return faults.isEmpty
}

/// Gives each line of such a story to whoever collects them.
func recountCompany(
    of seed: UInt64, events: Int, _ line: @escaping (String) -> Void
) -> [Fault] {
    var story = CompanyStory(seed: seed)
    story.prologue = { line("   a pool begins: \($0.sentence)") }
    story.journal = { event, time in
        let sentence = event.sentence.naming(event.worker)
        line("\((time - Instant(nanoseconds: 0)).spoken): \(sentence)")
    }
    story.chronicle = { effects, _ in
        for effect in effects { line("     \(effect.sentence.naming(effect.subject))") }
    }
    story.run(events: events)
    for fault in story.faults { line("   ! \(fault.sentence)") }
    return story.faults
}

extension String {
    /// With an agent called by what it is.
    fileprivate func naming(_ id: WorkerID?) -> String {
        guard let id, id.isAgent else { return self }
        return replacing("worker \(id)", with: "the agent (\(id.incarnation))")
    }
}

extension Trial.Beginning {
    var sentence: String {
        let watchdog = watchdogInterval.map { ", WatchdogSec=\($0.spoken) of the unit" } ?? ""
        return "\(policy.sentence)\(watchdog), chance \(seed)"
    }
}
