// Several players at once, heard by one.

import Glibc
import PoolCore
import PoolSimulation

struct Crew {
    struct Failure {
        let seed: UInt64
        let events: Int
        let sentence: String
        /// Whether the core ended its process, or had to be ended.
        let isTrap: Bool
        /// Which of its stories it was.
        let plot: Plot
    }

    private(set) var tally = Tally()
    private(set) var seeds = 0
    private(set) var events = 0
    private(set) var failures: [Failure] = []
    private let options: Options
    private let began = seconds()
    private var shownAt = 0.0

    private struct Player {
        let child: Child
        var seed: UInt64?
        var plot = Plot.pool
        var heardAt: Double
    }

    init(_ options: Options) {
        self.options = options
    }

    var elapsed: Double { seconds() - began }

    /// A seed that takes longer does not come back.
    private var patience: Double { 20 + Double(options.events) / 1_000 }

    /// Plays all seeds, or until enough have failed. False if no process could be had.
    mutating func play() -> Bool {
        var players: [Player] = []
        for number in 0..<min(options.jobs, options.seeds) {
            let arguments = [
                "--seed=\(options.seed + UInt64(number))", "--seeds=\(options.seeds - number)",
                "--events=\(options.events)", "--stride=\(min(options.jobs, options.seeds))",
            ]
            guard let child = Child(arguments + options.scope, isHeard: true) else { return false }
            players.append(Player(child: child, heardAt: seconds()))
        }
        while !players.isEmpty, failures.count < options.failures {
            listen(to: &players)
            showProgress()
        }
        for player in players { player.child.stop() }
        failures.sort { $0.seed < $1.seed }
        return true
    }

    private mutating func listen(to players: inout [Player]) {
        var wanted = players.map { pollfd(fd: $0.child.output, events: Int16(POLLIN), revents: 0) }
        _ = poll(&wanted, nfds_t(wanted.count), 500)
        for index in players.indices.reversed() {
            if wanted[index].revents == 0 {
                if seconds() - players[index].heardAt > patience {
                    players[index].child.stop()
                    give(up: players[index], "the core never comes back")
                    players.remove(at: index)
                }
            } else if let lines = players[index].child.lines() {
                players[index].heardAt = seconds()
                for line in lines { hear(line, &players[index]) }
            } else {
                if let signal = players[index].child.signal() {
                    give(up: players[index], "the core stops with signal \(signal)")
                }
                players.remove(at: index)
            }
        }
    }

    private mutating func hear(_ line: String, _ player: inout Player) {
        switch Report(line[...]) {
        case .playing(let seed, let plot):
            player.seed = seed
            player.plot = plot
            player.heardAt = seconds()
        case .kept(_, let count, let more):
            seeds += 1
            events += count
            tally += more
        case .broken(let seed, let count, let sentence):
            seeds += 1
            events += count
            failures.append(
                Failure(
                    seed: seed, events: count, sentence: sentence, isTrap: false,
                    plot: player.plot))
        case nil: break
        }
    }

    private mutating func give(up player: Player, _ sentence: String) {
        guard let seed = player.seed else { return }
        seeds += 1
        failures.append(
            Failure(
                seed: seed, events: 0, sentence: sentence, isTrap: true, plot: player.plot))
    }

    private mutating func showProgress() {
        guard elapsed - shownAt > 0.5 else { return }
        shownAt = elapsed
        simulate.showProgress(
            "\(seeds) of \(options.seeds) seeds, \(events) events, \(failures.count) failed")
    }
}
