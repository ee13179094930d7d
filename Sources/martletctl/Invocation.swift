// The command line of martletctl(1), read.
// Invariant: an option is obeyed or refused; none is ignored.

import LinuxKernel
import PoolConfiguration

/// What the caller wants.
enum Invocation {
    case command(any Command)
    case help
    case version
}

extension Invocation {
    /// In the order that help has them.
    static let commands: [any Command.Type] = [
        List.self, Status.self, Monitor.self, Metrics.self, Why.self, Events.self, Logs.self,
        Reload.self, Restart.self, Scale.self, Steer.self, Kill.self, Send.self, Reexec.self,
        Leave.self, Check.self, Doctor.self, Cat.self, New.self, Import.self,
    ]

    static let verbs: [Verb] = commands.flatMap { $0.verbs }

    /// Those of all verbs, each once: options may stand before the verb.
    private static var options: [CommandOption] {
        var known: [CommandOption] = [.help, .version]
        for option in verbs.flatMap(\.options) {
            if !known.contains(where: { $0.name == option.name }) { known.append(option) }
        }
        return known
    }

    init(arguments: [String]) throws(Failure) {
        let words: CommandWords
        let (differences, others) = Self.takeDifferences(arguments)
        do throws(CommandRefused) {
            words = try CommandWords(others, options: Self.options)
        } catch {
            throw .usage(error.sentence)
        }
        let given = words.options.map(\.name)
        if given.contains(CommandOption.help.name) {
            self = .help
        } else if given.contains(CommandOption.version.name) {
            self = .version
        } else {
            self = .command(try Self.command(words.operands + differences, words.options))
        }
    }

    /// Sets `-2` apart, which is no option: what `scale` is to take away. After an option that takes
    /// a value it is that value.
    private static func takeDifferences(_ arguments: [String]) -> ([String], [String]) {
        let end = arguments.firstIndex(of: "--") ?? arguments.count
        var differences: [String] = []
        var others: [String] = []
        for word in arguments[..<end] {
            let isDifference = word.hasPrefix("-") && Int(word) != nil
            if isDifference, !(others.last.map(awaitsValue) ?? false) {
                differences.append(word)
            } else {
                others.append(word)
            }
        }
        return (differences, others + arguments[end...])
    }

    /// Whether the next word is the value of this one.
    private static func awaitsValue(_ word: String) -> Bool {
        options.contains { option in
            let forms = ["--\(option.name)"] + (option.letter.map { ["-\($0)"] } ?? [])
            return option.takesValue && forms.contains(word)
        }
    }

    private static func command(
        _ words: [String], _ options: [(name: String, value: String)]
    ) throws(Failure) -> any Command {
        guard let name = words.first else {
            throw .usage("what is to be done? \(verbs.map(\.name).joined(separator: ", "))")
        }
        for command in commands {
            guard let verb = command.verbs.first(where: { $0.name == name }) else { continue }
            let known = verb.options.map(\.name)
            if let foreign = options.first(where: { !known.contains($0.name) }) {
                throw .usage("\(name) takes no --\(foreign.name)")
            }
            return try command.init(
                VerbWords(verb: name, operands: Array(words.dropFirst()), options: options))
        }
        let nearest = nearestName(to: name, among: verbs.map(\.name))
        throw .usage(
            "there is no command \"\(name.withoutLineBreaks)\""
                + (nearest.map { " (did you mean \($0)?)" } ?? ""))
    }

    static var helpText: String {
        let commands = verbs.map { verb in
            let lines = verb.help.split(separator: "\n").map { "    \($0)\n" }
            return "martletctl \(verb.name) \(verb.operands)\n\(lines.joined())"
        }
        return commands.joined() + """

            -h, --help
                --version

            POOL may also be the name of a unit: web, martlet@web or martlet@web.service.

            """
    }
}
