// Plays seeds in this process and says what came of each, in lines for another process.
// Invariant: a seed is named before it is played, so that one which ends the process is known.

import PoolCore
import PoolSimulation

/// What a player says.
enum Report {
    case playing(UInt64)
    case kept(UInt64, events: Int, Tally)
    case broken(UInt64, events: Int, String)

    var line: String {
        switch self {
        case .playing(let seed): "playing \(seed)"
        case .kept(let seed, let events, let tally):
            "kept \(seed) \(events) " + tally.numbers.map { "\($0)" }.joined(separator: " ")
        case .broken(let seed, let events, let sentence):
            "broken \(seed) \(events) \(sentence.filter { $0 != "\n" })"
        }
    }

    init?(_ line: Substring) {
        let words = line.split(separator: " ", maxSplits: 3)
        guard words.count >= 2, let seed = UInt64(words[1]) else { return nil }
        if words.count == 2, words[0] == "playing" {
            self = .playing(seed)
            return
        }
        guard words.count == 4, let events = Int(words[2]) else { return nil }
        if words[0] == "broken" {
            self = .broken(seed, events: events, String(words[3]))
        } else {
            let numbers = words[3].split(separator: " ").compactMap { Int($0) }
            guard let tally = Tally(numbers: numbers) else { return nil }
            self = .kept(seed, events: events, tally)
        }
    }
}

func play(_ options: Options, stride step: Int) {
    var seed = options.seed
    let end = options.seed + UInt64(options.seeds)
    while seed < end {
        say(Report.playing(seed).line)
        var world = World(seed: seed)
        world.run(events: options.events)
        if let fault = world.faults.first {
            say(Report.broken(seed, events: world.eventCount, fault.sentence).line)
        } else {
            say(Report.kept(seed, events: world.eventCount, world.tally).line)
        }
        seed += UInt64(step)
    }
}
