// `martletctl scale`: another number of workers, until the next reload.

import LinuxKernel
import PoolWire

struct Scale: Command {
    let pool: String
    let wish: ScaleWish

    static let verbs = [
        Verb(
            "scale", "POOL N|+N|-N",
            help: "has so many workers until the next reload, or so many more or fewer")
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        guard case .scaled(let result) = try ControlConnection.ask(pool, .scale(wish)) else {
            throw Failure(pool, .other("an answer to another request"))
        }
        let workers = result.wanted == 1 ? "1 worker is" : "\(result.wanted) workers are"
        console.say(
            result.isEffective
                ? "\(pool): \(workers) wanted from now on, until the next reload"
                : "\(pool): \(workers) wanted once what is under way has ended; "
                    + "see: martletctl status \(pool)")
        return .done
    }
}

extension Scale {
    init(_ words: VerbWords) throws(Failure) {
        guard words.operands.count == 2 else {
            throw .usage("scale takes the name of one pool, and N, +N or -N")
        }
        self.init(
            pool: try PoolWord(words.operands[0]).name, wish: try ScaleWish(words.operands[1]))
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
