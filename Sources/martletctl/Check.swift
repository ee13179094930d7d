// `martletctl check`: what is wrong in the configuration, or what holds and why.

import ConfigurationFiles
import PoolConfiguration

struct Check: Command {
    /// All pools that have a file, if nothing is named.
    let targets: [CheckTarget]

    static let verbs = [
        Verb(
            "check", "[POOL|FILE…]",
            help: """
                shows what is wrong in the configuration, or the settings in force with the place
                each comes from; of all pools if none is named
                """)
    ]

    func run(on console: inout Console) -> ExitCode {
        guard targets.isEmpty else { return check(targets, on: &console) }
        let pools = ConfiguredPools(from: SystemFiles())
        guard !pools.names.isEmpty || !pools.problems.isEmpty else {
            let places = ConfigurationDirectories.standard.paths.joined(separator: " or ")
            console.complain(Failure(.noInput, "there is no pool in \(places)"))
            return .noInput
        }
        let listed = say(pools.problems, .configuration, on: console)
        return max(listed, check(pools.names.map { .pool($0) }, on: &console))
    }

    private func check(_ targets: [CheckTarget], on console: inout Console) -> ExitCode {
        var worst = ExitCode.done
        var isFirst = true
        for target in targets {
            do throws(ConfigurationRefused) {
                let settings = try load(target)
                if targets.count > 1 {
                    console.say("\(isFirst ? "" : "\n")# pool \(settings.pool)")
                }
                console.write(settings.effectiveListing.utf8)
                isFirst = false
            } catch {
                let code = error.isMissing ? ExitCode.noInput : .configuration
                worst = max(worst, say(error.problems, code, on: console))
            }
        }
        return worst
    }

    private func load(_ target: CheckTarget) throws(ConfigurationRefused) -> PoolSettings {
        switch target {
        case .pool(let name): try PoolSettings.load(pool: name, from: SystemFiles())
        case .file(let path): try PoolSettings.load(file: path, from: SystemFiles())
        }
    }

    private func say(
        _ problems: [ConfigurationProblem], _ code: ExitCode, on console: Console
    ) -> ExitCode {
        guard !problems.isEmpty else { return .done }
        let lines = problems.map(\.description).joined(separator: "\n")
        console.complain(Failure(code, lines))
        return code
    }
}

extension Check {
    init(_ words: VerbWords) throws(Failure) {
        var targets: [CheckTarget] = []
        for operand in words.operands { targets.append(try CheckTarget(operand)) }
        self.init(targets: targets)
    }
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
            self = .pool(try PoolWord(word).name)
        }
    }
}
