// What the stories of one seed, or of many, amount to.

import PoolCore

package struct Tally: Sendable {
    package var events = Counts<EventKind>()
    package var effects = Counts<EffectKind>()
    package var records = Counts<RecordKind>()
    package var standings = Counts<Standing>()
    package var troubles = Counts<Trouble>()
    package var sights = Counts<CompanySight>()
    package var lives = 0
    /// Stories of pools with agents.
    package var companies = 0
    package var checks = 0
    /// Effects of one event, at most.
    package var mostEffects = 0
    /// How long it took, at most, to settle once nothing went wrong any more.
    package var longestQuiet = Duration.zero
    package var mostEventsToQuiet = 0
    /// How often that was looked at.
    package var quiets = 0

    package init() {}

    mutating func add(_ event: Event, _ effects: [Effect], _ pool: Pool) {
        events[event.kind] += 1
        mostEffects = max(mostEffects, effects.count)
        for effect in effects {
            self.effects[effect.kind] += 1
            if case .record(let record) = effect { records[record.kind] += 1 }
        }
        if let standing = pool.phase.standing { standings[standing] += 1 }
        if let rollout = pool.rollout { standings[rollout.standing] += 1 }
        for worker in pool.workers {
            if let standing = worker.standing { standings[standing] += 1 }
        }
        for seat in pool.seats {
            if let pause = seat.pause { standings[pause.standing] += 1 }
        }
    }

    /// Everything that has a name and was never seen.
    package var missing: [String] {
        events.missing + effects.missing + records.missing + standings.missing
            + troubles.missing + sights.missing
    }

    package static func += (sum: inout Tally, more: Tally) {
        sum.events += more.events
        sum.effects += more.effects
        sum.records += more.records
        sum.standings += more.standings
        sum.troubles += more.troubles
        sum.sights += more.sights
        sum.lives += more.lives
        sum.companies += more.companies
        sum.checks += more.checks
        sum.mostEffects = max(sum.mostEffects, more.mostEffects)
        sum.longestQuiet = max(sum.longestQuiet, more.longestQuiet)
        sum.mostEventsToQuiet = max(sum.mostEventsToQuiet, more.mostEventsToQuiet)
        sum.quiets += more.quiets
    }
}

extension Tally {
    /// All of it as plain numbers, for another process of the same program.
    package var numbers: [Int] {
        let figures = [
            lives, checks, mostEffects, Int(longestQuiet / .milliseconds(1)), mostEventsToQuiet,
            quiets, companies,
        ]
        return figures + events.numbers + effects.numbers + records.numbers + standings.numbers
            + troubles.numbers + sights.numbers
    }

    /// `nil` if these are not the numbers of a tally.
    package init?(numbers: [Int]) {
        var rest = numbers[...]
        func take(_ count: Int) -> [Int] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        guard numbers.count == Tally().numbers.count else { return nil }
        let figures = take(7)
        lives = figures[0]
        checks = figures[1]
        mostEffects = figures[2]
        longestQuiet = .milliseconds(figures[3])
        mostEventsToQuiet = figures[4]
        quiets = figures[5]
        companies = figures[6]
        events.numbers = take(EventKind.allCases.count)
        effects.numbers = take(EffectKind.allCases.count)
        records.numbers = take(RecordKind.allCases.count)
        standings.numbers = take(Standing.allCases.count)
        troubles.numbers = take(Trouble.allCases.count)
        sights.numbers = take(CompanySight.allCases.count)
    }
}
