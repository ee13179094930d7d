// The command line of martletctl(1), read.
// Invariant: an option is obeyed or refused; none is ignored.

import LinuxKernel
import PoolConfiguration
import PoolWire

/// What the caller wants.
enum Invocation: Equatable {
    case reload(pool: String, waits: Bool)
    case status(pools: [String], asJSON: Bool)
    case check([CheckTarget])
    case why(pool: String, slot: Int?, asJSON: Bool)
    case events(pool: String, asJSON: Bool)
    case scale(pool: String, ScaleWish)
    case steer(pool: String, Steering)
    case help
    case version
}

/// What `check` looks at.
enum CheckTarget: Equatable {
    case pool(String)
    case file(String)

    /// What has a slash in it or ends as a file's name does is one.
    init(_ word: String) throws(Failure) {
        if word.utf8.contains(UInt8(ascii: "/")) || word.hasSuffix(".conf") {
            self = .file(word)
        } else {
            self = .pool(try Invocation.poolName(word))
        }
    }
}

extension Invocation {
    private static let options = [
        CommandOption("help", "h"), CommandOption("json"), CommandOption("no-wait"),
        CommandOption("version"),
    ]

    /// Each verb with the options it takes.
    private static let verbs: [(name: String, options: [String])] = [
        ("reload", ["no-wait"]), ("status", ["json"]), ("check", []), ("why", ["json"]),
        ("events", ["json"]),
        ("scale", []), ("pause", []), ("resume", []), ("abort", []),
    ]

    init(arguments: [String]) throws(Failure) {
        let words: CommandWords
        let (differences, others) = Self.takeDifferences(arguments)
        do throws(CommandRefused) {
            words = try CommandWords(others, options: Self.options)
        } catch {
            throw .usage(error.sentence)
        }
        let given = words.options.map(\.name)
        if given.contains("help") {
            self = .help
        } else if given.contains("version") {
            self = .version
        } else {
            self = try Self.command(words.operands + differences, given)
        }
    }

    /// Sets `-2` apart, which is no option: what `scale` is to take away.
    private static func takeDifferences(_ arguments: [String]) -> ([String], [String]) {
        let end = arguments.firstIndex(of: "--") ?? arguments.count
        let isDifference = { (word: String) in word.hasPrefix("-") && Int(word) != nil }
        return (
            arguments[..<end].filter(isDifference),
            arguments[..<end].filter { !isDifference($0) } + arguments[end...]
        )
    }

    private static func command(
        _ words: [String], _ options: [String]
    ) throws(Failure) -> Invocation {
        guard let word = words.first else {
            throw .usage(
                "what is to be done? reload, status, check, why, events, scale, pause, resume or "
                    + "abort")
        }
        guard let verb = verbs.first(where: { $0.name == word }) else {
            let nearest = nearestName(to: word, among: verbs.map(\.name))
            throw .usage(
                "there is no command \"\(word.withoutLineBreaks)\""
                    + (nearest.map { " (did you mean \($0)?)" } ?? ""))
        }
        if let foreign = options.first(where: { !verb.options.contains($0) }) {
            throw .usage("\(verb.name) takes no --\(foreign)")
        }
        let operands = Array(words.dropFirst())
        switch verb.name {
        case "reload":
            guard let pool = operands.first, operands.count == 1 else {
                throw .usage("reload takes the name of one pool")
            }
            return .reload(pool: try poolName(pool), waits: options.isEmpty)
        case "status":
            var pools: [String] = []
            for operand in operands { pools.append(try poolName(operand)) }
            return .status(pools: pools, asJSON: !options.isEmpty)
        case "why": return try why(operands, asJSON: !options.isEmpty)
        case "events":
            guard operands.count == 1 else { throw .usage("events takes the name of one pool") }
            return .events(pool: try poolName(operands[0]), asJSON: !options.isEmpty)
        case "scale":
            guard operands.count == 2 else {
                throw .usage("scale takes the name of one pool, and N, +N or -N")
            }
            return .scale(pool: try poolName(operands[0]), try ScaleWish(operands[1]))
        case "pause", "resume", "abort":
            guard let steering = Steering(rawValue: verb.name), operands.count == 1 else {
                throw .usage("\(verb.name) takes the name of one pool")
            }
            return .steer(pool: try poolName(operands[0]), steering)
        default:
            var targets: [CheckTarget] = []
            for operand in operands { targets.append(try CheckTarget(operand)) }
            return .check(targets)
        }
    }

    private static func why(_ operands: [String], asJSON: Bool) throws(Failure) -> Invocation {
        guard let pool = operands.first, operands.count <= 2 else {
            throw .usage(
                "why takes the name of one pool, and perhaps the slot of a worker, or agent")
        }
        guard operands.count == 2 else {
            return .why(pool: try poolName(pool), slot: nil, asJSON: asJSON)
        }
        // As the journal writes it, too: web/0.
        let word = operands[1].split(separator: "/").last ?? ""
        let slot = word == "agent" ? -1 : Int(word).flatMap { $0 < 0 ? nil : $0 }
        guard let slot else {
            throw .usage(
                "\"\(operands[1].withoutLineBreaks)\" is no worker: name its slot, from 0, or agent"
            )
        }
        return .why(pool: try poolName(pool), slot: slot, asJSON: asJSON)
    }

    /// A pool's name, or that of one of its units.
    static func poolName(_ word: String) throws(Failure) -> String {
        var name = word
        if name.hasPrefix("martlet@") { name.removeFirst("martlet@".count) }
        for suffix in [".service", ".socket"] where name.hasSuffix(suffix) {
            name.removeLast(suffix.count)
        }
        do throws(InvalidValue) {
            return try PoolName.validated(name)
        } catch {
            throw Failure(
                .usage, "martletctl: \"\(word.withoutLineBreaks)\" names no pool: \(error.reason)")
        }
    }

    static let helpText = """
        martletctl reload [--no-wait] POOL
            has the configuration read anew and every worker replaced, and tells how it ended:
            0 if the new workers serve, 1 if the old ones serve on
        martletctl status [--json] [POOL…]
            shows pools with their workers; all that run if none is named
        martletctl why [--json] POOL [SLOT|agent]
            tells what happened lately, of the whole pool or of one worker, and why
        martletctl events [--json] POOL
            tells what happens, and what workers say to subscribers, until it is interrupted
        martletctl scale POOL N|+N|-N
            has so many workers until the next reload, or so many more or fewer
        martletctl pause|resume|abort POOL
            holds a rollout that is under way, goes on with it, or gives it up
        martletctl check [POOL|FILE…]
            shows what is wrong in the configuration, or the settings in force with the place
            each comes from; of all pools if none is named

              --no-wait   return as soon as the master has taken the request
              --json      one JSON object for each pool named, or an array of all; for why an array,
                          for events one a line
          -h, --help
              --version

        POOL may also be the name of a unit: web, martlet@web or martlet@web.service.

        """
}

extension Failure {
    static func usage(_ sentence: String) -> Failure {
        Failure(.usage, "martletctl: \(sentence); see martletctl --help")
    }
}
