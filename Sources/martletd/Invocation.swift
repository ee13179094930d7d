// The command line of martletd(8), read.
// Invariant: an option is obeyed or refused; none is ignored.

import LinuxKernel
import PoolConfiguration
import PoolCore
import PoolMaster

/// What the caller wants.
enum Invocation {
    case service(pool: String)
    case file(String, watching: Watching)
    case command(CommandPool)
    /// Of a master that was started in this way.
    case stateCheck(Configuration)
    case usage
    case version
}

/// Directories whose changes are reloads.
struct Watching {
    var directories: [String] = []
    var ignored: [String] = []
}

/// A pool without a file.
struct CommandPool {
    var name = "pool"
    var addresses: [String] = []
    var workers = WorkerCount.auto
    var workerProtocol = WorkerProtocol.systemd
    /// `nil` is the usual one of the protocol.
    var readiness: Readiness?
    var command: [String] = []
    var watching = Watching()
}

extension Invocation {
    private static let options = [
        CommandOption("config", "c", takesValue: true), CommandOption("help", "h"),
        CommandOption("listen", "l", takesValue: true),
        CommandOption("name", "n", takesValue: true),
        CommandOption("protocol", "p", takesValue: true), CommandOption("type", takesValue: true),
        CommandOption("version"), CommandOption("watch", takesValue: true),
        CommandOption("watch-ignore", takesValue: true),
        CommandOption("workers", "w", takesValue: true),
    ]

    /// What follows `--`, or the first word that is no option, is the command of a worker or the
    /// name of a pool.
    init(arguments: [String]) throws(StartRefused) {
        if arguments.dropFirst().first == "--check-state" {
            let others = try Invocation(
                arguments: Array(arguments.prefix(1)) + arguments.dropFirst(2))
            guard let configuration = others.configuration else {
                throw StartRefused(.usage, "--check-state stands before the words of a pool")
            }
            self = .stateCheck(configuration)
            return
        }
        let words: CommandWords
        do throws(CommandRefused) {
            words = try CommandWords(arguments, options: Self.options, stopsAtOperand: true)
        } catch {
            throw StartRefused(.usage, "\(error.sentence); see martletd --help")
        }
        let names = words.options.map(\.name)
        if names.contains("help") {
            self = .usage
        } else if names.contains("version") {
            self = .version
        } else if names.contains("config") {
            self = try Self.file(words)
        } else if !names.isEmpty || arguments.dropFirst().first == "--" {
            self = .command(try CommandPool(words))
        } else if words.operands.count > 1 {
            throw StartRefused(
                .usage, "one pool at a time; to run a command as a pool write -- before it")
        } else if let name = words.operands.first {
            self = .service(pool: try Self.poolName(name))
        } else {
            throw StartRefused(.usage, "which pool? Name one, or see martletd --help")
        }
    }

    /// `nil` if it is no pool.
    private var configuration: Configuration? {
        switch self {
        case .service(let pool): .pool(pool)
        case .file(let file, _): .file(file)
        case .command(let pool): pool.configuration
        case .stateCheck, .usage, .version: nil
        }
    }

    fileprivate static func poolName(_ text: String) throws(StartRefused) -> String {
        do throws(InvalidValue) {
            return try PoolName.validated(text)
        } catch {
            throw StartRefused(.usage, "\"\(text)\" names no pool: \(error.reason)")
        }
    }

    private static func file(_ words: CommandWords) throws(StartRefused) -> Invocation {
        let files = words.options.filter { $0.name == "config" }
        let others = words.options.filter {
            !["config", "watch", "watch-ignore"].contains($0.name)
        }
        guard files.count == 1, others.isEmpty, words.operands.isEmpty else {
            throw StartRefused(
                .usage,
                "--config stands alone, but for --watch and --watch-ignore: the file says all the "
                    + "rest")
        }
        return .file(files[0].value, watching: try Watching(words))
    }
}

extension Watching {
    init(_ words: CommandWords) throws(StartRefused) {
        for (option, value) in words.options {
            switch option {
            case "watch": directories.append(try Self.directory(value))
            case "watch-ignore": ignored.append(value)
            default: break
            }
        }
        guard !directories.isEmpty || ignored.isEmpty else {
            throw StartRefused(.usage, "--watch-ignore needs a --watch DIR to leave it out of")
        }
    }

    /// Without a slash at its end.
    private static func directory(_ text: String) throws(StartRefused) -> String {
        guard !text.isEmpty else { throw StartRefused(.usage, "--watch needs a directory") }
        var path = text
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}

extension CommandPool {
    init(_ words: CommandWords) throws(StartRefused) {
        watching = try Watching(words)
        for (option, value) in words.options {
            switch option {
            case "listen": addresses.append(value)
            case "name": name = try Invocation.poolName(value)
            case "protocol": workerProtocol = try Self.workerProtocol(value)
            case "type": readiness = try Self.readiness(value)
            case "watch", "watch-ignore": break
            default: workers = try Self.workers(value)
            }
        }
        command = words.operands
        guard command.first?.isEmpty == false else {
            throw StartRefused(.usage, "a worker needs a command: add -- COMMAND ARGUMENT…")
        }
    }

    var configuration: Configuration {
        .command(
            name: name, workers: workers, workerProtocol: workerProtocol,
            readiness: readiness ?? (workerProtocol == .systemd ? .exec : .notify),
            command: command)
    }

    private static func readiness(_ text: String) throws(StartRefused) -> Readiness {
        guard let readiness = Readiness(rawValue: text) else {
            throw StartRefused(
                .usage, "--type is notify (ready when a worker says READY=1) or exec, not \(text)")
        }
        return readiness
    }

    private static func workerProtocol(_ text: String) throws(StartRefused) -> WorkerProtocol {
        guard let known = WorkerProtocol(rawValue: text) else {
            let names = WorkerProtocol.allCases.map(\.rawValue).joined(separator: " or ")
            throw StartRefused(.usage, "--protocol is \(names), not \(text)")
        }
        return known
    }

    private static func workers(_ text: String) throws(StartRefused) -> WorkerCount {
        do throws(InvalidValue) {
            return try WorkerCount(parsing: text)
        } catch {
            throw StartRefused(.usage, "--workers \(text): \(error.reason)")
        }
    }
}

extension Invocation {
    static let help = """
        martletd NAME
            runs the pool of /etc/martlet/NAME.conf on the sockets that systemd passes;
            this is what martlet@NAME.service does
        martletd --config FILE [--watch DIR]… [--watch-ignore PATTERN]…
            runs a pool in the foreground, on the sockets that the file's [Socket] names
        martletd [--listen ADDRESS]… [--workers N] [--name NAME] [--protocol systemd|node]
                 [--type exec|notify] [--watch DIR]… [--watch-ignore PATTERN]… -- COMMAND…
            runs a command as a pool in the foreground
        martletd --check-state NAME, or the other words of a running master
            tells whether this martletd could go on with the state on its standard input; a
            master asks its successor so, before it executes it

          -c, --config FILE     a pool's file, see martlet.conf(5)
          -l, --listen ADDRESS  PORT, ADDRESS:PORT, [ADDRESS]:PORT, /PATH or @NAME; several are
                                passed on in order, as descriptors 3, 4, …
          -w, --workers N       auto (one for each CPU, the default), N, or -N for N fewer
          -n, --name NAME       what the pool is called (pool)
          -p, --protocol NAME   systemd (the default), or node for programs that know Node's
                                cluster module
              --type TYPE       when a worker is ready: exec (once it runs, the default with
                                systemd), or notify (when it says so; the default with node)
              --watch DIR       reload when something changes in this directory or below it
              --watch-ignore PATTERN
                                leave such names or paths out, as *.log or var/*; what editors,
                                git, npm and Python put there is left out anyway
          -h, --help
              --version

        Signals: HUP reloads, TERM and INT stop (a second one at once), TTIN and TTOU ask for one
        worker more and fewer, USR1 tells the state, USR2 executes the program anew: the workers
        stay.

        """
}
