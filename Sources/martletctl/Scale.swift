// `martletctl scale`: another number of workers, until the next reload.

import LinuxKernel
import PoolWire

struct Scale: Command {
    let pool: String
    let wish: ScaleWish
    /// Until there are so many, and no others.
    let waits: Bool

    private static let wait = CommandOption("wait")

    static let verbs = [
        Verb(
            "scale", "[--wait] POOL N|+N|-N", options: [wait],
            help: """
                has so many workers until the next reload, or so many more or fewer
                --wait  return when all of them are ready and those that are too many have ended
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        guard case .scaled(let result) = try ControlConnection.ask(pool, .scale(wish)) else {
            throw .strayAnswer(pool)
        }
        let workers = result.wanted == 1 ? "1 worker is" : "\(result.wanted) workers are"
        console.say(
            result.isEffective
                ? "\(pool): \(workers) wanted from now on, until the next reload"
                : "\(pool): \(workers) wanted once what is under way has ended; "
                    + "see: martletctl status \(pool)")
        guard waits else { return .done }
        let report = try wait(for: result.wanted, on: &console)
        console.say("\(pool): \(report.ready)/\(report.wanted) ready")
        return .done
    }

    private func wait(
        for wanted: Int, on console: inout Console
    ) throws(Failure) -> PoolReport {
        var waiting = ScaleWait(wanted: wanted)
        return try PoolWatch(pool).watch(on: &console) { report throws(Failure) in
            switch waiting.verdict(on: report) {
            case .underWay: return false
            case .done: return true
            case .overruled:
                throw Failure(
                    .failed,
                    "\(pool): somebody has asked for another number meanwhile: \(report.wanted)")
            }
        }
    }
}

/// When a pool has the size that was asked for.
struct ScaleWait {
    enum Verdict: Equatable {
        case underWay
        case done
        /// Another size is wanted by now.
        case overruled
    }

    let wanted: Int
    /// Whether the pool has come to want what was asked for: it may have had to end something first.
    private var wasWanted = false

    init(wanted: Int) {
        self.wanted = wanted
    }

    mutating func verdict(on report: PoolReport) -> Verdict {
        guard report.wanted == wanted else { return wasWanted ? .overruled : .underWay }
        wasWanted = true
        let all = wanted + (report.spare ?? 0)
        let present = report.workers.filter { $0.pid != nil }
        let isWhole = report.ready >= all && present.count == all
        return isWhole && report.state == "serving" ? .done : .underWay
    }
}

extension Scale {
    init(_ words: VerbWords) throws(Failure) {
        guard words.operands.count == 2 else {
            throw .usage("scale takes the name of one pool, and N, +N or -N")
        }
        self.init(
            pool: try PoolWord(words.operands[0]).name, wish: try ScaleWish(words.operands[1]),
            waits: words.has(Self.wait))
    }
}

extension ScaleWish {
    /// Reads `4`, `+1` or `-1`.
    init(_ word: String) throws(Failure) {
        let isRelative = word.hasPrefix("+") || word.hasPrefix("-")
        let digits = isRelative ? word.dropFirst() : word[...]
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(digits), isRelative || Self.range.contains(number),
            number <= Self.range.upperBound
        else {
            throw .usage(
                "\"\(word.withoutLineBreaks)\" is no number of workers: give one from "
                    + "\(Self.range.lowerBound) to \(Self.range.upperBound), or +N or -N")
        }
        self = isRelative ? .by(word.hasPrefix("-") ? -number : number) : .to(number)
    }
}
