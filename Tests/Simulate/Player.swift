// Plays seeds in this process and says what came of each, in lines for another process.
// Invariant: a story is named before it is played, so that one which ends the process is known.

import PoolCore
import PoolSimulation

/// Which story of a seed is told.
enum Plot: String {
    case pool
    /// That of a pool with an agent.
    case company
}

/// What a player says.
enum Report {
    case playing(UInt64, Plot)
    case kept(UInt64, events: Int, Tally)
    case broken(UInt64, events: Int, String)

    var line: String {
        switch self {
        case .playing(let seed, let plot): "playing \(seed) \(plot.rawValue)"
        case .kept(let seed, let events, let tally):
            "kept \(seed) \(events) " + tally.numbers.map { "\($0)" }.joined(separator: " ")
        case .broken(let seed, let events, let sentence):
            "broken \(seed) \(events) \(sentence.filter { $0 != "\n" })"
        }
    }

    init?(_ line: Substring) {
        let words = line.split(separator: " ", maxSplits: 3)
        guard words.count >= 2, let seed = UInt64(words[1]) else { return nil }
        if words.count == 3, words[0] == "playing", let plot = Plot(rawValue: String(words[2])) {
            self = .playing(seed, plot)
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
        var tally = Tally()
        var events = 0
        var fault: String?
        if !options.isCompany {
            say(Report.playing(seed, .pool).line)
            var world = World(seed: seed)
            world.run(events: options.events)
            tally += world.tally
            events += world.eventCount
            fault = world.faults.first?.sentence
        }
        if fault == nil, options.isCompany || CompanyStory.isTold(by: seed) {
            say(Report.playing(seed, .company).line)
            var story = CompanyStory(seed: seed)
            story.run(events: options.events)
            tally += story.tally
            events += story.eventCount
            fault = story.faults.first?.sentence
        }
        if let fault {
            say(Report.broken(seed, events: events, fault).line)
        } else {
            say(Report.kept(seed, events: events, tally).line)
        }
        seed += UInt64(step)
    }
}
