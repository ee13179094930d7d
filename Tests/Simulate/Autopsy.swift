// What is left to say about a seed that failed: the shortest story that fails in the same way, and
// how to see it again.

import FoundationEssentials
import Glibc
import PoolCore
import PoolSimulation

struct Autopsy {
    let failure: Crew.Failure
    let options: Options

    private var path: String { "build/simulate/seed-\(failure.seed).events" }

    func report() {
        say("")
        let scope = failure.plot == .company ? "with an agent, " : ""
        say("seed \(failure.seed) fails: \(scope)\(failure.sentence)")
        guard options.isCut else { return }
        if failure.plot == .company {
            CompanyAutopsy(failure: failure, options: options).report()
        } else if failure.isTrap {
            reportTrap()
        } else {
            reportFault()
        }
    }

    private func reportFault() {
        var world = World(seed: failure.seed, keepsLog: true)
        world.run(events: options.events)
        if let short = Shrinker.shrink(world.script) {
            keep(short.script, of: world.log.count)
        } else {
            reportWorld()
        }
    }

    /// It can't be seen in what the pool was told alone.
    private func reportWorld() {
        guard var shrinker = WorldShrinker(seed: failure.seed, events: options.events) else {
            return say("it does not fail again")
        }
        shrinker.shrink()
        let only = shrinker.chosen.sorted().map { "\($0)" }.joined(separator: ",")
        say("cut to \(shrinker.events) events with \(shrinker.chosen.count) troubles; tell it with")
        say(
            "  simulate --seed \(failure.seed) --events \(shrinker.events) --story "
                + "--only \(only.isEmpty ? "none" : only)")
    }

    private func keep(_ script: Script, of count: Int) {
        do {
            try ScriptFile.write(script, to: path)
        } catch {
            return say(error.sentence)
        }
        say("cut from \(count) events to \(script.lines.count), in \(path):")
        _ = tellStory(of: script)
        say("replay it with")
        say("  simulate --replay \(path)")
    }

    // MARK: Traps

    /// The core ends its process: only what was written down before can be known.
    private func reportTrap() {
        let full = path + ".full"
        try? FileManager.default.createDirectory(
            at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        let story = [
            "--seed=\(failure.seed)", "--events=\(options.events)", "--journal=\(full)",
        ]
        guard Child(story, isHeard: false)?.trap(within: 60 + Double(options.events) / 200) != nil,
            let whole = try? ScriptFile.read(full), trap(whole, full) != nil
        else { return say("it does not end so again, with its events written down to \(full)") }
        var shrinker = Shrinker(whole, budget: 2_000) { script in
            trap(script, path) == nil ? nil : script
        }
        shrinker.shrink()
        unlink(full)
        do {
            try ScriptFile.write(shrinker.best, to: path)
        } catch {
            return say(error.sentence)
        }
        let lines = shrinker.best.lines
        say("cut from \(whole.lines.count) events to \(lines.count), in \(path):")
        for line in lines { say("  \(line.event.sentence)") }
        say("replay it with")
        say("  simulate --replay \(path)")
    }

    /// Plays a script in a process of its own.
    private func trap(_ script: Script, _ path: String) -> String? {
        guard (try? ScriptFile.write(script, to: path)) != nil else { return nil }
        return Child(["--replay=\(path)"], isHeard: false)?.trap(within: 5)
    }
}
