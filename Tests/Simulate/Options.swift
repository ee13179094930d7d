// What the command line asks for.
// Invariant: what is not understood is one sentence, and nothing is accepted and ignored.

struct Options {
    var seed: UInt64 = 1
    var seeds = 1
    var events = 10_000
    var jobs = 2
    /// After so many seeds that fail, no more are played.
    var failures = 5
    var isCut = true
    /// The trouble that is made in the one seed; `nil` for all of it.
    var only: Set<Int>?
    var isTold = false
    /// Whether it is about the seeds' pools with agents alone.
    var isCompany = false
    var replay: String?
    var journal: String?
    /// Every which seed is played, with plain figures as output.
    var stride: Int?
    var isHelp = false
    /// What was named on the command line.
    private var given: Set<String> = []

    static let help = """
        Usage: simulate [--seed S] [--seeds COUNT] [--events N] [--jobs J]
               simulate --seed S --events N --story [--only 3,7,12]
               simulate --company --seed S --events N --story
               simulate --replay FILE

        Plays a pool against a world of trouble made of a seed, and checks every promise after
        every event. A seed that fails is cut down to a short list of events, kept in
        build/simulate/seed-S.events. Every third seed tells of a pool with an agent, too.

          --seed S        the first seed (1)
          --seeds COUNT   how many seeds, one after the other (1)
          --events N      events of each seed before it is calmed down and stopped (10000)
          --jobs J        processes that play at the same time (2)
          --failures N    stop after so many seeds that fail (5)
          --no-cut        don't cut failing seeds down
          --story         tell all that happens in the one seed
          --company       only pools with agents, of every seed
          --only LIST     make only this trouble in the one seed, by number; "none" for none
          --replay FILE   tell what happens when these events come
          --journal FILE  write down the events of the one seed as they come
          --stride J      play every J-th seed and print plain figures, for another simulate
          --help          say this

        Exit status: 0 when every promise was kept, 1 when one was broken, 64 for a command line
        and 65 for a file that can't be understood.
        """
}

/// Why the command line can't be understood, as a sentence.
struct Misunderstanding: Error {
    let sentence: String
}

extension Options {
    init(_ arguments: [String]) throws(Misunderstanding) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            var inline = parts.count > 1 ? String(parts[1]) : nil
            let name = String(parts[0])
            func value() throws(Misunderstanding) -> String {
                if let found = inline {
                    inline = nil
                    return found
                }
                guard let next = rest.popFirst() else {
                    throw Misunderstanding(sentence: "\(name) needs a value")
                }
                return next
            }
            try take(name, value)
            given.insert(name)
            if inline != nil { throw Misunderstanding(sentence: "\(name) takes no value") }
        }
        try checkTogether()
    }

    private mutating func take(
        _ name: String, _ value: () throws(Misunderstanding) -> String
    ) throws(Misunderstanding) {
        switch name {
        case "--seed": seed = try number(name, value(), from: 0)
        case "--seeds": seeds = try number(name, value(), from: 1)
        case "--events": events = try number(name, value(), from: 1)
        case "--jobs": jobs = try number(name, value(), from: 1, to: 256)
        case "--failures": failures = try number(name, value(), from: 1)
        case "--no-cut": isCut = false
        case "--story": isTold = true
        case "--company": isCompany = true
        case "--only": only = try list(name, value())
        case "--replay": replay = try value()
        case "--journal": journal = try value()
        case "--stride": stride = try number(name, value(), from: 1)
        case "--help", "-h": isHelp = true
        default: throw Misunderstanding(sentence: "there is no \(name)")
        }
    }

    private func checkTogether() throws(Misunderstanding) {
        for (mode, partners) in Self.modes where given.contains(mode) {
            if let stranger = given.subtracting(partners).subtracting([mode]).sorted().first {
                throw Misunderstanding(sentence: "\(stranger) does nothing with \(mode)")
            }
        }
        if seed.addingReportingOverflow(UInt64(seeds)).overflow {
            throw Misunderstanding(sentence: "there are no \(seeds) seeds from \(seed) on")
        }
    }

    /// What may stand beside what.
    private static let modes: [(String, Set<String>)] = [
        ("--replay", []),
        ("--journal", ["--seed", "--events", "--only"]),
        ("--story", ["--seed", "--events", "--only", "--company"]),
        ("--only", ["--seed", "--events", "--story", "--journal"]),
        ("--stride", ["--seed", "--seeds", "--events", "--company"]),
        (
            "--company",
            [
                "--seed", "--seeds", "--events", "--jobs", "--failures", "--no-cut", "--story",
                "--stride",
            ]
        ),
    ]

    /// What another simulate has to be told to play the same stories.
    var scope: [String] { isCompany ? ["--company"] : [] }

    private func number<Value: FixedWidthInteger>(
        _ name: String, _ text: String, from least: Value, to most: Value = .max
    ) throws(Misunderstanding) -> Value {
        guard let number = Value(text), number >= least, number <= most else {
            let range = most == .max ? "from \(least)" : "from \(least) to \(most)"
            throw Misunderstanding(sentence: "\(name) needs a number \(range), not \"\(text)\"")
        }
        return number
    }

    private func list(_ name: String, _ text: String) throws(Misunderstanding) -> Set<Int> {
        if text == "none" { return [] }
        var numbers: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            numbers.insert(try number(name, String(part), from: 1))
        }
        return numbers
    }
}
