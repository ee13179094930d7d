// What martletctl(1) can be told to do: a verb with its options, read into a value that does it.
// Invariant: an option means the same, and takes a value or none, with every verb that has it.

import LinuxKernel
import PoolConfiguration
import PoolWire

/// A command line that was understood.
protocol Command: Equatable, Sendable {
    /// Those that this reads; the words name which.
    static var verbs: [Verb] { get }

    /// - Throws: `usage`.
    init(_ words: VerbWords) throws(Failure)

    /// - Returns: The worst of what happened; each failure has been said by then.
    func run(on console: inout Console) throws(Failure) -> ExitCode
}

/// How a command is called.
struct Verb: Sendable {
    let name: String
    /// What follows the name, as a manual writes it: `[--json] POOL`.
    let operands: String
    let options: [CommandOption]
    /// What it does, in lines that fit behind four blanks.
    let help: String

    init(_ name: String, _ operands: String, options: [CommandOption] = [], help: String) {
        self.name = name
        self.operands = operands
        self.options = options
        self.help = help
    }
}

extension CommandOption {
    static let help = CommandOption("help", "h")
    static let version = CommandOption("version")
    /// JSON instead of text for people.
    static let json = CommandOption("json")
}

/// What stands on the command line beside the verb.
struct VerbWords {
    let verb: String
    let operands: [String]
    private let options: [(name: String, value: String)]

    init(verb: String, operands: [String], options: [(name: String, value: String)]) {
        self.verb = verb
        self.operands = operands
        self.options = options
    }

    func has(_ option: CommandOption) -> Bool { options.contains { $0.name == option.name } }

    /// The last one counts.
    func value(of option: CommandOption) -> String? {
        options.last { $0.name == option.name }?.value
    }

    func values(of option: CommandOption) -> [String] {
        options.filter { $0.name == option.name }.map(\.value)
    }

    /// The one pool that the verb is about.
    func pool() throws(Failure) -> String {
        guard let word = operands.first, operands.count == 1 else {
            throw .usage("\(verb) takes the name of one pool")
        }
        return try PoolWord(word).name
    }

    /// None stands for all.
    func pools() throws(Failure) -> [String] {
        var names: [String] = []
        for word in operands { names.append(try PoolWord(word).name) }
        return names
    }
}

/// A pool's name, or that of one of its units: `web`, `martlet@web`, `martlet@web.service`.
struct PoolWord {
    let name: String

    init(_ word: String) throws(Failure) {
        var name = word
        if name.hasPrefix("martlet@") { name.removeFirst("martlet@".count) }
        for suffix in [".service", ".socket"] where name.hasSuffix(suffix) {
            name.removeLast(suffix.count)
        }
        do throws(InvalidValue) {
            self.name = try PoolName.validated(name)
        } catch {
            throw Failure(
                .usage, "martletctl: \"\(word.withoutLineBreaks)\" names no pool: \(error.reason)")
        }
    }
}

/// A worker as people name it: its slot, `agent`, or as the journal has it `web/0`.
struct WorkerWord {
    /// -1 for the agent.
    let slot: Int

    init(_ word: String) throws(Failure) {
        let last = word.split(separator: "/").last ?? ""
        let slot = last == "agent" ? -1 : Int(last).flatMap { $0 < 0 ? nil : $0 }
        guard let slot else {
            throw .usage(
                "\"\(word.withoutLineBreaks)\" is no worker: name its slot, from 0, or agent")
        }
        self.slot = slot
    }
}

extension Failure {
    static func usage(_ sentence: String) -> Failure {
        Failure(.usage, "martletctl: \(sentence); see martletctl --help")
    }
}
