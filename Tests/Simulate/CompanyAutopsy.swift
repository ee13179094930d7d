// What is left to say about a story of a pool with an agent that failed: how few events it takes, and
// how it ends.

import PoolCore
import PoolSimulation

struct CompanyAutopsy {
    let failure: Crew.Failure
    let options: Options

    /// Lines of the story's end.
    private static let lines = 40

    func report() {
        if failure.isTrap {
            reportTrap()
        } else {
            reportFault()
        }
    }

    private func reportFault() {
        guard let promise = promise(in: options.events) else {
            return say("it does not fail again")
        }
        let events = fewest { self.promise(in: $0) == promise }
        var end: [String] = []
        _ = recountCompany(of: failure.seed, events: events) { line in
            end.append(line)
            if end.count > 2 * Self.lines { end.removeFirst(Self.lines) }
        }
        tell(events, end)
    }

    /// The core ends its process: only what was said before can be known.
    private func reportTrap() {
        guard trap(in: options.events) != nil else { return say("it does not end so again") }
        let events = fewest { trap(in: $0) != nil }
        tell(events, trap(in: events) ?? [])
    }

    private func tell(_ events: Int, _ story: [String]) {
        say("cut from \(options.events) events to \(events); the story ends so:")
        for line in story.suffix(Self.lines) { say("  \(line)") }
        say("tell all of it with")
        say("  simulate --company --seed \(failure.seed) --events \(events) --story")
    }

    /// The least number of events with which it fails, if it fails with all that are more.
    private func fewest(_ fails: (Int) -> Bool) -> Int {
        var low = 0
        var high = options.events
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if fails(middle) { high = middle } else { low = middle }
        }
        return high
    }

    private func promise(in events: Int) -> String? {
        var story = CompanyStory(seed: failure.seed)
        story.run(events: events)
        return story.faults.first?.promise
    }

    /// The story up to the trap; `nil` if there is none.
    private func trap(in events: Int) -> [String]? {
        let arguments = [
            "--company", "--seed=\(failure.seed)", "--events=\(events)", "--story",
        ]
        guard let child = Child(arguments, isHeard: false),
            child.trap(within: 10 + Double(events) / 1_000) != nil
        else { return nil }
        return child.tail
    }
}
