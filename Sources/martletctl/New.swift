// `martletctl new`: writes the file of a pool that is not there yet.
// Invariant: what it writes is accepted by `martletctl check`, and no file that is there is touched.

import ConfigurationFiles
import Glibc
import LinuxKernel
import PoolConfiguration

struct New: Command {
    let draft: PoolDraft
    /// Prints the file in place of writing it, and does not look at this machine.
    let isPrinted: Bool

    private static let exec = CommandOption("exec", takesValue: true)
    private static let listen = CommandOption("listen", takesValue: true)
    private static let workers = CommandOption("workers", takesValue: true)
    private static let workerProtocol = CommandOption("protocol", takesValue: true)
    private static let readiness = CommandOption("type", takesValue: true)
    private static let user = CommandOption("user", takesValue: true)
    private static let directory = CommandOption("directory", takesValue: true)

    static let verbs = [
        Verb(
            "new", "POOL --exec COMMAND --listen ADDRESS… [OPTION…]",
            options: [
                exec, listen, workers, workerProtocol, readiness, user, directory, .standardOutput,
            ],
            help: """
                writes /etc/martlet/POOL.conf with a comment on each line, and says what comes next
                --exec COMMAND    what each worker runs, as ExecStart= has it
                --listen ADDRESS  PORT, ADDRESS:PORT, [ADDRESS]:PORT, /PATH or @NAME; several times
                --workers N       auto (one for each CPU), N, or -N for N fewer
                --protocol NAME   systemd, node (for programs called node) or martlet
                --type TYPE       when a worker is ready: notify or exec
                --user USER       whom workers run as (martlet)
                --directory DIR   where workers run
                --stdout          prints it instead
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        let settings = try checked()
        try refuseRelativePlaces()
        guard !isPrinted else {
            console.write(draft.text.utf8)
            return .done
        }
        try refuseExisting()
        try lookAtMachine(settings)
        try write()
        let pool = draft.pool
        console.say("\(pool): wrote \(path)")
        console.say(
            "next: systemctl daemon-reload && systemctl enable --now martlet@\(pool).socket")
        return .done
    }

    private var path: String {
        "\(ConfigurationDirectories.standard.paths[0])/\(draft.pool).conf"
    }

    // MARK: What may be wrong

    /// As the master would read it, with the drop-ins that are there already.
    private func checked() throws(Failure) -> PoolSettings {
        let files = DraftedFiles(path: path, text: draft.text, files: SystemFiles())
        do throws(ConfigurationRefused) {
            return try PoolSettings.load(pool: draft.pool, from: files)
        } catch {
            throw Failure(.configuration, error.problems.map(sentence).joined(separator: "\n"))
        }
    }

    func sentence(on problem: ConfigurationProblem) -> String {
        guard problem.file == path, let line = problem.line,
            let option = draft.option(ofLine: line)
        else { return problem.description }
        return "martletctl: --\(option): \(problem.message)".withoutLineBreaks
    }

    /// Workers run in /, not where this is called: a file's name means another file there.
    private func refuseRelativePlaces() throws(Failure) {
        guard draft.directory == nil else { return }
        let words = draft.command.split(separator: " ").dropFirst().map(String.init)
        let isRelative = { (word: String) in
            word.hasPrefix("./") || word.hasPrefix("../") || (!isPrinted && Self.isFileHere(word))
        }
        guard let word = words.first(where: isRelative) else { return }
        throw .usage(
            "--exec: \(word.withoutLineBreaks) is relative, and workers run in /; give its "
                + "whole path, or --directory")
    }

    private static func isFileHere(_ word: String) -> Bool {
        // A bare word without a dot is likelier to be a command of the program's.
        guard !word.hasPrefix("/"), !word.hasPrefix("-"), word.contains(".") else { return false }
        return (try? FileSystem.status(of: word))?.kind == .regular
    }

    private func refuseExisting() throws(Failure) {
        for directory in ConfigurationDirectories.standard.paths {
            let place = "\(directory)/\(draft.pool).conf"
            do throws(SystemError) {
                guard try FileSystem.status(ofLink: place) != nil else { continue }
            } catch {
                throw Failure(.system, "\(draft.pool): \(error)")
            }
            throw .exists(place, draft.pool)
        }
    }

    private func lookAtMachine(_ settings: PoolSettings) throws(Failure) {
        let name = draft.user ?? "martlet"
        let account = UserAccount.find(name)
        guard account != nil || draft.user == nil else {
            throw Failure(
                .noInput,
                "martletctl: --user: there is no user \(name.withoutLineBreaks); make one with: "
                    + "adduser --system --group \(name.withoutLineBreaks)")
        }
        let command = settings.worker.command.resolve(
            post: .slot(0), generation: 1, environment: [:])
        let access: ProgramAccess
        do throws(SystemError) {
            access = try ProgramAccess.look(at: command.program, as: account)
        } catch {
            throw Failure(.system, "\(draft.pool): \(error)")
        }
        guard let trouble = access.trouble else { return }
        let remedy = access.remedy.map { "; \($0)" } ?? ""
        throw Failure(.noInput, "martletctl: --exec: \(trouble)\(remedy)")
    }

    private func write() throws(Failure) {
        do throws(SystemError) {
            try FileSystem.makeDirectories(ConfigurationDirectories.standard.paths[0])
            try FileSystem.createFile(path, draft.text.utf8)
        } catch {
            switch error.code {
            case EEXIST: throw .exists(path, draft.pool)
            case EACCES, EPERM, EROFS:
                throw Failure(
                    .noPermission, "\(draft.pool): \(error); try sudo, or print it with --stdout")
            default: throw Failure(.system, "\(draft.pool): \(error)")
            }
        }
    }
}

extension Failure {
    fileprivate static func exists(_ path: String, _ pool: String) -> Failure {
        Failure(
            .exists,
            "\(pool): \(path) is there already and stays as it is; "
                + "look at it with: martletctl cat \(pool)")
    }
}

extension CommandOption {
    /// What would be written to a file goes to standard output.
    static let standardOutput = CommandOption("stdout")
}

// MARK: The words

extension New {
    init(_ words: VerbWords) throws(Failure) {
        let pool = try words.pool()
        guard let command = words.value(of: Self.exec) else {
            throw .usage("new needs --exec: what does each worker run?")
        }
        let listeners = words.values(of: Self.listen)
        guard !listeners.isEmpty else {
            throw .usage("new needs --listen: where do clients connect to, 8000 perhaps?")
        }
        for listener in listeners { try Self.check(listener: listener) }
        let draft = PoolDraft(
            pool: pool, command: command, listeners: listeners,
            workers: words.value(of: Self.workers),
            workerProtocol: words.value(of: Self.workerProtocol),
            readiness: words.value(of: Self.readiness), user: words.value(of: Self.user),
            directory: words.value(of: Self.directory))
        for option in Self.verbs.flatMap(\.options) where option.takesValue {
            for value in words.values(of: option) { try Self.check(value, of: option) }
        }
        self.init(draft: draft, isPrinted: words.has(.standardOutput))
    }

    /// A value must stay on its line: what comes after it would be another directive.
    private static func check(_ value: String, of option: CommandOption) throws(Failure) {
        guard !value.isEmpty else { throw .usage("--\(option.name) needs a value") }
        guard value.withoutControlCharacters() == value, !value.hasSuffix("\\") else {
            throw .usage("the value of --\(option.name) must be one line, and not end in \"\\\"")
        }
    }

    private static func check(listener: String) throws(Failure) {
        switch SocketAddress(listenStream: listener) {
        case .inet4(_, port: 0), .inet6(_, port: 0, _): break
        case nil: break
        default: return
        }
        throw .usage(
            "--listen \(listener.withoutLineBreaks): expects a port from 1 to 65535, "
                + "ADDRESS:PORT, [ADDRESS]:PORT, /PATH or @NAME; names of hosts are not looked up")
    }
}
