// Reads the files of a pool one after the other into values; later files win.
// Invariant: it goes on after every problem, so that one run finds them all, and what was refused
// has left no trace in the values.

struct SettingsReader {
    private(set) var values: SettingValues
    /// In the order in which they were found.
    private(set) var problems: [ConfigurationProblem] = []
    /// The programs whose command was named and refused, so that its absence is no news.
    private var refusedCommands: Set<Section> = []

    init(pool: String) {
        values = SettingValues(pool: pool)
    }

    mutating func read(_ file: TextFile) {
        let lines = ConfigurationLines(file.bytes, file: file.path)
        problems += lines.problems
        let start = problems.count
        for assignment in lines.assignments {
            take(assignment)
            if problems.hasEnough(of: file.path, since: start) { return }
        }
    }

    private mutating func take(_ assignment: Assignment) {
        do throws(InvalidValue) {
            if let home = DirectiveHome(ofMisplaced: assignment) { throw home.complaint }
            if assignment.section.isHandedOn {
                try handOn(assignment)
            } else {
                try apply(assignment)
            }
        } catch {
            problems.append(
                ConfigurationProblem(
                    file: assignment.file, line: assignment.line,
                    section: assignment.section.rawValue, message: error.reason))
        }
    }

    private mutating func handOn(_ assignment: Assignment) throws(InvalidValue) {
        do throws(InvalidValue) {
            values.handedOn.append(try HandedOnLine(assignment))
        } catch {
            throw Self.blame(assignment, error)
        }
    }

    private mutating func apply(_ assignment: Assignment) throws(InvalidValue) {
        guard let directive = Directive.named(assignment.name, in: assignment.section) else {
            throw InvalidValue(Self.unknown(assignment))
        }
        do throws(InvalidValue) {
            try directive.apply(assignment.value, at: assignment.origin, to: &values)
            if directive.section == .agent {
                // Whoever takes the command away takes the agent away.
                values.hasAgent = directive.name != "ExecStart" || !assignment.value.isEmpty
            }
        } catch {
            if directive.name == "ExecStart" { refusedCommands.insert(directive.section) }
            throw Self.blame(assignment, error)
        }
    }

    private static func blame(_ assignment: Assignment, _ error: InvalidValue) -> InvalidValue {
        let value = assignment.value
        return InvalidValue(
            "\(assignment.name.shortened(to: 40))=\(value.shortened()): "
                + error.reason(in: assignment.section)
                + commentHint(value))
    }

    private static func unknown(_ assignment: Assignment) -> String {
        let quoted = "unknown directive \"\(assignment.name.shortened(to: 40))\""
        if let name = nearestName(
            to: assignment.name, among: Directive.names(in: assignment.section))
        {
            return "\(quoted) (did you mean \(name)?)"
        }
        for section in [Section.pool, .worker] where section != assignment.section {
            if let name = nearestName(to: assignment.name, among: Directive.names(in: section)) {
                return "\(quoted) (did you mean \(name) in [\(section.rawValue)]?)"
            }
        }
        return quoted
    }

    /// A comment after a value is part of the value; people expect otherwise.
    private static func commentHint(_ value: String) -> String {
        let bytes = Array(value.utf8)
        let hasMark = zip(bytes, bytes.dropFirst()).contains { $0.isBlank && $1.isCommentMark }
        return hasMark ? " (a comment needs a line of its own)" : ""
    }

    /// What only the whole can show: what is missing, and what contradicts itself.
    mutating func checkWhole(of main: String) {
        for program in values.programs { checkCommand(of: program, main) }
        if values.handedOn.listeners.isEmpty {
            let kinds = Listener.Kind.allCases.map { "\($0.rawValue)=" }.joined(separator: ", ")
            complain(main, .socket, "a pool needs at least one of \(kinds)")
        }
        checkAgreement()
    }

    private mutating func checkAgreement() {
        for program in values.programs {
            checkRestartDelays(of: program)
            checkMessages(of: program)
        }
        checkRollout()
        checkSize()
        checkDispatch()
    }

    private mutating func checkCommand(of program: Program, _ main: String) {
        guard values[keyPath: program.values].command == nil,
            !refusedCommands.contains(program.section)
        else { return }
        complain(
            main, program.section, "ExecStart= is missing: the command \(program.each) runs")
    }

    private mutating func checkRestartDelays(of program: Program) {
        let policy = values[keyPath: program.values].policy
        guard policy.restartMaxDelay < policy.restartDelay,
            let shortest = Directive.named("RestartSec", in: program.section),
            let longest = Directive.named("RestartMaxDelaySec", in: program.section)
        else { return }
        let origins = [values.origin(of: longest), values.origin(of: shortest)]
        // Who asks for a long delay alone has not asked for a shorter longest one.
        if origins[0] == .builtIn {
            values[keyPath: program.values].policy.restartMaxDelay = policy.restartDelay
            return
        }
        for place in origins.compactMap(\.place) {
            problems.append(
                ConfigurationProblem(
                    file: place.file, line: place.line, section: program.section.rawValue,
                    message: "RestartMaxDelaySec=\(policy.restartMaxDelay.timeSpanText) "
                        + "(\(origins[0])) is shorter than "
                        + "RestartSec=\(policy.restartDelay.timeSpanText) (\(origins[1]))"))
            return
        }
    }

    /// Without either nobody could ever be replaced.
    private mutating func checkRollout() {
        guard values.rolloutSurge == 0, values.rolloutMaxUnready == 0 else { return }
        complain(
            "RolloutSurge",
            "RolloutSurge=0 starts nobody beside the old workers, and RolloutMaxUnready=0 lets "
                + "none of them go first; set one of them to at least 1")
    }

    private mutating func checkSize() {
        let most = WorkerCount.range.upperBound
        guard case .fixed(let workers) = values.workers, workers + values.spare > most else {
            return
        }
        complain(
            "Spare", "Workers=\(workers) and Spare=\(values.spare) are more than \(most)")
    }

    private mutating func checkMessages(of program: Program) {
        guard values.workerProtocol != .node else { return }
        let own = values[keyPath: program.values]
        let messages = [
            ("ReadyMessage", own.awaitsReadyMessage),
            ("ShutdownMessage", own.sendsShutdownMessage),
        ]
        for (name, isSet) in messages where isSet {
            complain(
                name, in: program.section,
                "\(name)=yes is about messages of Node's channel; set Protocol=node in [Pool]")
        }
    }

    private mutating func checkDispatch() {
        let name = values.dispatch.rawValue
        switch (values.dispatch, values.workerProtocol) {
        case (.shared, _), (_, .martlet), (.roundRobin, .node), (.sourceHash, .node): break
        case (.leastConnections, .node):
            complain(
                "Dispatch",
                "Dispatch=\(name) needs workers that say when a connection has ended, which Node's "
                    + "do not; take round-robin, or Protocol=martlet")
        case (_, .systemd):
            complain(
                "Dispatch",
                "Dispatch=\(name) passes connections through a channel; set Protocol=node or "
                    + "Protocol=martlet")
        }
        guard values.overflow != .wait, values.dispatch != .sourceHash else { return }
        complain("Overflow", "Overflow= is for Dispatch=source-hash alone; remove it")
    }

    /// A complaint about a directive that is set somewhere.
    private mutating func complain(
        _ directive: String, in section: Section = .pool, _ message: String
    ) {
        guard let directive = Directive.named(directive, in: section),
            let place = values.origin(of: directive).place
        else { return }
        problems.append(
            ConfigurationProblem(
                file: place.file, line: place.line, section: section.rawValue, message: message))
    }

    private mutating func complain(_ file: String, _ section: Section, _ message: String) {
        problems.append(
            ConfigurationProblem(file: file, section: section.rawValue, message: message))
    }
}

// What a program sets for itself goes the way of a file's lines, so that it is checked as they are.
extension SettingsReader {
    mutating func read(_ settings: [CodeSetting]) {
        for setting in settings {
            do throws(InvalidValue) {
                try take(setting)
            } catch {
                problems.append(
                    ConfigurationProblem(
                        file: Origin.code.description, section: setting.section.rawValue,
                        message: "\(setting.name): \(error.reason)"))
            }
        }
        if problems.isEmpty { checkAgreement() }
    }

    private mutating func take(_ setting: CodeSetting) throws(InvalidValue) {
        switch setting {
        case .directive(let section, let name, let text):
            guard let directive = Directive.named(name, in: section) else {
                throw InvalidValue("there is no such directive")
            }
            try directive.apply(text, at: .code, to: &values)
        case .variable(let name, let value):
            try EnvironmentName.check(name)
            try EnvironmentAssignment.checkValue(value, of: name)
            values.worker.environment.append(
                EnvironmentAssignment(
                    name: name, value: SpecifierText(literal: value), origin: .code))
        case .command(let words):
            guard words.first?.isEmpty == false else { throw InvalidValue("a worker needs one") }
            values.worker.command = WorkerCommand(literal: words)
        case .directory(let path):
            values.worker.workingDirectory = try WorkingDirectory(literal: path)
        }
    }
}
