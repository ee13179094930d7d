// What holds for any configuration: it is accepted within the documented ranges and shown as what
// is read back, or refused with the place of each mistake; what a master keeps of its files is read
// as the files were; the generator writes nothing but assignments of the sections it hands on.

import FoundationEssentials
import PoolCore

@testable import PoolConfiguration

struct ConfigurationCheck {
    private let input: [UInt8]
    private let files: FuzzedFiles

    init(_ input: [UInt8]) {
        self.input = input
        files = FuzzedFiles(input)
    }

    func run() throws {
        let settings: PoolSettings?
        do throws(ConfigurationRefused) {
            settings = try PoolSettings.load(pool: "web", from: files)
        } catch {
            settings = nil
            try checkRefused(error)
        }
        if let settings { try checkAccepted(settings) }
        try checkKept(settings)
        try checkGenerated(UnitDropIns.generate(from: files), for: settings)
    }

    /// Another master reads the same from what this one has kept.
    private func checkKept(_ settings: PoolSettings?) throws {
        let recorder = RecordingSource(files)
        _ = try? PoolSettings.load(pool: "web", from: recorder)
        let kept = try JSONDecoder().decode(
            ConfigurationTexts.self, from: JSONEncoder().encode(recorder.texts))
        try demand(kept == recorder.texts, "kept other texts")
        let again = try? PoolSettings.load(pool: "web", from: kept)
        try demand(again == settings, "other settings from what was kept")
    }

    // MARK: Refused

    private func checkRefused(_ refusal: ConfigurationRefused) throws {
        try demand(!refusal.problems.isEmpty, "refused without a problem")
        // A thousand for the lines and a thousand for the directives of each file, and a few more.
        try demand(refusal.problems.count <= 6_100, "\(refusal.problems.count) problems")
        for problem in refusal.problems { try check(problem) }
    }

    private func check(_ problem: ConfigurationProblem) throws {
        let text = problem.description
        try demand(
            files.files[problem.file] != nil || problem.file == FuzzedFiles.environment,
            "a problem of no file: \(text)")
        if let line = problem.line {
            try demand(
                (1...files.lineCount(of: problem.file)).contains(line), "no such line: \(text)")
            try demand(text.hasPrefix("\(problem.file):\(line): "), "without its place: \(text)")
        } else {
            try demand(text.hasPrefix("\(problem.file): "), "without its file: \(text)")
        }
        try demand(!problem.message.isEmpty, "a problem without words: \(text)")
        try demand(text.utf8.count <= 2_000, "a problem of \(text.utf8.count) bytes")
        try demandHarmless(text, "a problem")
    }

    // MARK: Accepted

    private func checkAccepted(_ settings: PoolSettings) throws {
        for directive in Directive.all { try checkRange(of: directive, settings.values) }
        for processors in [Int.min, 1, 7, Int.max] {
            let policy = settings.policy(availableProcessors: processors)
            try demand(policy.workers >= 1 && policy.slots <= 1_024, "\(policy.slots) slots")
            try demand(
                policy.rolloutSurge > 0 || policy.rolloutMaxUnready > 0, "nobody can be replaced")
            try demand(policy.worker == settings.worker.policy, "other rules for a worker")
        }
        try demand(!settings.listeners.isEmpty, "nothing to listen on")
        try check(settings.worker, at: .slot(1_023))
        if let agent = settings.agent { try check(agent, at: .agent) }
        try checkListing(of: settings)
    }

    private func check(_ program: ProgramSettings, at post: Post) throws {
        try demand(
            program.policy.restartMaxDelay >= program.policy.restartDelay,
            "the longest delay is shorter than the first")
        try checkEnvironment(of: program, at: post)
        try checkCommand(of: program, at: post)
    }

    private func checkRange(of directive: Directive, _ values: SettingValues) throws {
        let isWithin: Bool =
            switch directive.kind {
            case .count(let place, let range): range.contains(values[place])
            case .timeSpan(let place): values[place].isWithinRange
            case .timeout(let place, _):
                values[place].map { $0 > .zero && $0.isWithinRange } ?? true
            case .byteSize(let place, let least): values[place] ?? least >= least
            case .signal(let place): values[place].isUsable
            case .exitStatuses(let place): values[place].isUsable
            case .workerCount, .word, .bothTimeouts, .boolean, .command, .workingDirectory,
                .environment, .environmentFiles:
                true
            }
        try demand(isWithin, "[\(directive.section)] \(directive.name)= is out of its range")
    }

    private func checkEnvironment(of program: ProgramSettings, at post: Post) throws {
        let variables = program.environment(post: post, generation: 9)
        try demand(Set(variables.map(\.name)).count == variables.count, "a variable comes twice")
        for (name, value) in variables {
            try demand(name.isVariableName, "\(name.debugDescription) is a variable")
            try demand(!value.utf8.contains(0), "the value of \(name) has a NUL")
        }
        // %i and %w stand for a few bytes each.
        let size = variables.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        try demand(size <= 4 * input.count, "\(size) bytes of variables")
    }

    private func checkCommand(of program: ProgramSettings, at post: Post) throws {
        let environment = ["Y": "a \"b c\" d\\", "X": ""]
        let command = program.command.resolve(
            post: post, generation: 3, environment: environment)
        try demand(!command.program.isEmpty, "no program")
        for word in [command.program] + command.arguments {
            try demand(!word.utf8.contains(0), "a NUL in the command")
        }
        let size = command.arguments.reduce(0) { $0 + $1.utf8.count + 1 }
        try demand(size <= 16 * input.count, "a command of \(size) bytes")
    }

    /// What was accepted is shown, and reads back as the same.
    private func checkListing(of settings: PoolSettings) throws {
        var text = ""
        for setting in settings.effectiveSettings {
            text += "[\(setting.section.rawValue)]\n\(setting.text)\n"
        }
        try demand(text.utf8.count <= 8 * input.count + 16_384, "\(text.utf8.count) bytes shown")
        let again: PoolSettings
        do throws(ConfigurationRefused) {
            again = try PoolSettings.load(pool: "web", from: files.replacing(main: text))
        } catch {
            throw Fault(description: "shown as what is refused: \(error)\n\(text)")
        }
        try demand(again.essence == settings.essence, "shown as something else:\n\(text)")
        for line in settings.effectiveListing.split(separator: "\n") {
            try demandHarmless(String(line), "the listing")
        }
    }

    // MARK: Generated

    private func checkGenerated(_ dropIns: UnitDropIns, for settings: PoolSettings?) throws {
        for message in dropIns.messages {
            try demand(message.pool == "web", "said of no pool: \(message.sentence)")
            try demandHarmless(message.sentence, "a message of the generator")
        }
        if settings != nil {
            try demand(dropIns.messages.isEmpty, "complains of what is accepted")
        }
        var assignments: [String: [String]] = [:]
        var ofAnchor: [String: [String]] = [:]
        for file in dropIns.files {
            let sections = try need(Self.generated[file.path], "generates \(file.path)")
            if file.path == Self.anchor {
                try collect(file.text, of: sections, into: &ofAnchor)
            } else {
                try collect(file.text, of: sections, into: &assignments)
            }
        }
        let known = assignments["Service"] ?? []
        try demand(
            (ofAnchor["Service"] ?? []).allSatisfy(known.contains),
            "gives the anchor what the service has not")
        guard let settings else { return }
        for section in [Section.unit, .socket, .service] {
            let wanted = settings.handedOn.filter { $0.section == section }.map(\.text)
            try demand(assignments[section.rawValue] ?? [] == wanted, "hands on something else")
        }
    }

    private static let anchor = "martlet-anchor@web.service.d/50-martlet.conf"

    /// Which sections may be in which file.
    private static let generated: [String: [String]] = [
        "martlet@web.socket.d/50-martlet.conf": ["Socket"],
        "martlet@web.service.d/50-martlet.conf": ["Unit", "Service"],
        anchor: ["Service"],
        // Always the same.
        "martlet@web.service.d/40-restart-backoff.conf": [],
    ]

    /// Reads a drop-in the way systemd does, as far as that matters here.
    private func collect(
        _ text: String, of sections: [String], into assignments: inout [String: [String]]
    ) throws {
        guard !sections.isEmpty else { return }
        var section = ""
        for line in text.utf8.split(separator: 0x0a).map({ String(decoding: $0, as: UTF8.self) }) {
            switch line.utf8.first {
            case UInt8(ascii: "#"): continue
            case UInt8(ascii: "["):
                section = line
                try demand(sections.contains { line == "[\($0)]" }, "generates \(line)")
            default:
                let name = line.utf8.prefix { $0 != UInt8(ascii: "=") }
                try demand(
                    !name.isEmpty && name.count < line.utf8.count
                        && name.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") },
                    "generates the line \(line.debugDescription)")
                try demand(line.utf8.last != .backslash, "generates a line that goes on: \(line)")
                assignments[String(section.dropFirst().dropLast()), default: []].append(line)
            }
        }
    }
}

extension Duration {
    /// Not negative, and an `Int64` of nanoseconds.
    fileprivate var isWithinRange: Bool {
        self >= .zero && .nanoseconds(saturatingNanoseconds) == self
    }
}

extension Signal {
    var isUsable: Bool { (1...31).contains(number) || (34...64).contains(number) }
}

extension ExitStatusSet {
    var isUsable: Bool {
        codes.allSatisfy { (0...255).contains($0) } && codes == Set(codes).sorted()
            && signals.allSatisfy(\.isUsable) && Set(signals).count == signals.count
    }
}

extension String {
    /// A name that a variable of a worker may have: not one that the master sets.
    var isVariableName: Bool {
        guard let first = utf8.first, !(0x30...0x39).contains(first) else { return false }
        return utf8.allSatisfy { $0 == 0x5f || $0.isLetterOrDigit }
            && !["LISTEN_", "WATCHDOG_", "MARTLET_"].contains(where: hasPrefix)
            && self != "NOTIFY_SOCKET"
    }
}

private struct ProgramEssence: Equatable {
    let policy: WorkerPolicy
    let command: WorkerCommand
    let workingDirectory: WorkingDirectory?
    let environment: [String]
    let environmentFiles: [String]
    let messages: [Bool]

    init(_ program: ProgramSettings) {
        policy = program.policy
        command = program.command
        workingDirectory = program.workingDirectory
        environment = program.environment.map { "\($0.name)=\($0.value.parts)" }
        environmentFiles = program.environmentFiles.map { "\($0.isOptional) \($0.path)" }
        messages = [program.awaitsReadyMessage, program.sendsShutdownMessage]
    }
}

/// Settings without the places they come from.
private struct Essence: Equatable {
    let policy: PoolPolicy
    let workers: WorkerCount
    let worker: ProgramEssence
    let agent: ProgramEssence?
    let handedOn: [[String]]
    let listeners: [String]
    let shown: [String]
}

extension PoolSettings {
    fileprivate var essence: Essence {
        Essence(
            policy: policy(availableProcessors: 2), workers: workers,
            worker: ProgramEssence(worker), agent: agent.map(ProgramEssence.init),
            handedOn: Section.allCases.map { section in
                handedOn.filter { $0.section == section }.map(\.text)
            },
            listeners: listeners.map { "\($0.kind) \($0.address)" },
            shown: effectiveSettings.map { "[\($0.section)] \($0.text)" })
    }
}
