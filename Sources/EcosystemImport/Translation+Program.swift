// What an application runs, where, with which variables, and where it listens.

import PoolConfiguration

extension Translation {
    /// PM2's own table of what runs which file.
    private static let interpreters = [
        "js": "node", "cjs": "node", "mjs": "node", "ts": "bun", "tsx": "bun", "py": "python3",
        "rb": "ruby", "sh": "bash", "php": "php", "pl": "perl", "coffee": "coffee", "ls": "lsc",
    ]

    private var script: String? { app[.script]?.word.flatMap { $0.isEmpty ? nil : $0 } }

    /// `nil` where the script is executed itself.
    private var interpreter: String? {
        if let given = app[.interpreter]?.word, !given.isEmpty {
            return given == "none" ? nil : given
        }
        guard let file = script?.split(separator: "/").last, let dot = file.lastIndex(of: ".")
        else {
            // PM2 looks into the file: what is no binary is for Node. A bare name is a command.
            return script?.contains("/") == true ? "node" : nil
        }
        return Self.interpreters[String(file[file.index(after: dot)...])] ?? "node"
    }

    /// Whether its workers can be told to listen, and be asked to leave, as Node's are.
    var isNode: Bool {
        guard let name = interpreter?.split(separator: "/").last else { return false }
        return name == "node" || name == "nodejs"
    }

    mutating func addProgram() throws(EcosystemRefused) {
        guard let script else { throw EcosystemRefused("has no script: what does it run?") }
        var words: [String] = []
        if let interpreter {
            words.append(program(interpreter, .interpreter))
            words += self.words(.interpreterArgs)
            words.append(absolute(script, from: workingDirectory))
        } else {
            if app[.interpreterArgs].map({ !$0.isOff }) == true {
                note(.interpreterArgs, "there is no interpreter to take them")
            }
            let isName = !script.contains("/") && !script.contains(".")
            words.append(
                isName ? program(script, .script) : absolute(script, from: workingDirectory))
        }
        words += self.words(.args)
        if isNode {
            add(.pool, "Protocol", "node")
        } else {
            // It says nothing when it is ready, or PM2 would not have run it.
            add(.worker, "Type", "exec")
            note(
                .script,
                "it is not run by Node: it has to take its listening socket as descriptor 3 "
                    + "(LISTEN_FDS), see docs/deploying.md")
        }
        if ["npm", "npx", "yarn", "pnpm"].contains(script) {
            note(.script, "name the program that \(script) runs in its place")
        }
        add(.worker, "ExecStart", words.map(\.commandWord).joined(separator: " "))
        add(.worker, "WorkingDirectory", workingDirectory.literal)
        if ["/home", "/root"].contains(where: { isBelow($0, words) }) {
            comment(
                .service, "The program is in a home directory, which the sandbox hides otherwise.")
            add(.service, "ProtectHome", "read-only")
        }
        if let mode = app[.execMode]?.word, !mode.hasPrefix("fork"), !mode.hasPrefix("cluster") {
            noteMalformed(.execMode, "fork or cluster")
        }
    }

    private func isBelow(_ directory: String, _ words: [String]) -> Bool {
        (words + [workingDirectory]).contains { $0.hasPrefix("\(directory)/") || $0 == directory }
    }

    /// The path of a program by its name.
    private mutating func program(_ name: String, _ option: EcosystemOption) -> String {
        if name.contains("/") { return absolute(name, from: workingDirectory) }
        if let path = circumstances.find(name) { return path }
        note(
            option,
            "\(name) is not where services look for programs: give its absolute path in ExecStart=")
        return name
    }

    /// A list, or a text that is taken apart as a shell would.
    private mutating func words(_ option: EcosystemOption) -> [String] {
        guard let value = app[option], !value.isOff else { return [] }
        if case .text(let text) = value { return text.relaxedWords }
        if let words = value.words { return words }
        noteMalformed(option, "a text or a list of texts")
        return []
    }

    // MARK: Environment

    /// Those of the application, with those of the environment that was asked for.
    private var variables: [String: EcosystemValue] {
        var variables: [String: EcosystemValue] = [:]
        let chosen = circumstances.environment.flatMap { app.environments[$0] }
        for block in [app[.env], chosen] {
            if case .object(let members) = block { variables.merge(members) { $1 } }
        }
        return variables
    }

    mutating func addEnvironment() {
        switch app[.env] {
        case nil, .null, .object: break
        default: noteMalformed(.env, "an object")
        }
        let asked = circumstances.environment
        if let asked, app.environments[asked] == nil {
            note("env_\(asked)", "the application has no such environment")
        }
        for name in app.environments.keys.sorted() where name != asked {
            note("env_\(name)", "not asked for: --env \(name) takes it")
        }
        var variables = self.variables
        // PM2 sets it from the option, whatever the environment says.
        if let port = app[.port], !port.isOff { variables["PORT"] = port }
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) { addVariable(name, value) }
        addSlotVariable()
    }

    private mutating func addVariable(_ name: String, _ value: EcosystemValue) {
        let option = "env.\(name)"
        guard let word = value.word else {
            note(option, value == .null ? "null sets nothing" : "not taken over: expects a text")
            return
        }
        do throws(InvalidValue) {
            try EnvironmentName.check(name)
            try EnvironmentAssignment.checkValue(word, of: name)
        } catch {
            note(option, "not taken over: \(error.reason)")
            return
        }
        add(.worker, "Environment", "\(name)=\(word.literal)".quotedWord)
        if Self.secretWords.contains(where: name.uppercased().contains) {
            note(option, "everybody may read this file: a secret belongs into an EnvironmentFile=")
        }
    }

    private static let secretWords = ["SECRET", "PASSWORD", "TOKEN", "API_KEY", "PRIVATE_KEY"]

    private mutating func addSlotVariable() {
        guard let name = app[.instanceVar]?.word, !name.isEmpty else { return }
        // Every worker has this one.
        guard name != "NODE_APP_INSTANCE" else { return }
        do throws(InvalidValue) {
            try EnvironmentName.check(name)
            add(.worker, "Environment", "\(name)=%w")
        } catch {
            note(.instanceVar, "not taken over: \(error.reason)")
        }
    }

    // MARK: Where it listens, and as whom

    mutating func addListeners(_ given: [String]) throws(EcosystemRefused) {
        listeners = given
        if listeners.isEmpty, let port = app[.port] ?? variables["PORT"] {
            guard let number = port.integer, (1...65_535).contains(number) else {
                throw EcosystemRefused(
                    "its port \"\((port.word ?? "").onOneLine)\" is no number from 1 to 65535: "
                        + "give --listen \(pool)=ADDRESS")
            }
            listeners = ["\(number)"]
        }
        guard !listeners.isEmpty else {
            throw EcosystemRefused(
                "neither its port nor PORT in its environment says where it listens: give "
                    + "--listen \(pool)=ADDRESS; what listens nowhere is better a unit of its own, "
                    + "and left out by --only NAME of the others")
        }
        for listener in listeners { add(.socket, "ListenStream", listener) }
    }

    mutating func addIdentity() {
        let user = app[.uid]?.word.flatMap { $0.isEmpty ? nil : $0 }
        let group = app[.gid]?.word.flatMap { $0.isEmpty ? nil : $0 }
        if let user {
            add(.service, "User", user.literal)
        } else {
            comment(
                .service,
                "PM2 runs a program as whoever starts it; a pool runs as user martlet unless this "
                    + "says otherwise:")
            comment(.service, "User=www-data")
            note(.uid, "not set: the pool runs as user martlet, which has to be able to read it")
        }
        if let group { add(.service, "Group", group.literal) }
    }
}
