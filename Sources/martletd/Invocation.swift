// The command line of martletd(8), read.
// Invariant: an option is obeyed or refused; none is ignored.

import LinuxKernel
import PoolConfiguration
import PoolCore
import PoolMaster

/// What the caller wants.
enum Invocation {
    case service(pool: String)
    case file(String)
    case command(CommandPool)
    case usage
    case version
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
}

extension Invocation {
    private static let options = [
        CommandOption("config", "c", takesValue: true), CommandOption("help", "h"),
        CommandOption("listen", "l", takesValue: true),
        CommandOption("name", "n", takesValue: true),
        CommandOption("protocol", "p", takesValue: true), CommandOption("type", takesValue: true),
        CommandOption("version"), CommandOption("workers", "w", takesValue: true),
    ]

    /// What follows `--`, or the first word that is no option, is the command of a worker or the
    /// name of a pool.
    init(arguments: [String]) throws(StartRefused) {
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

    fileprivate static func poolName(_ text: String) throws(StartRefused) -> String {
        do throws(InvalidValue) {
            return try PoolName.validated(text)
        } catch {
            throw StartRefused(.usage, "\"\(text)\" names no pool: \(error.reason)")
        }
    }

    private static func file(_ words: CommandWords) throws(StartRefused) -> Invocation {
        guard words.options.count == 1, words.operands.isEmpty else {
            throw StartRefused(.usage, "--config stands alone: the file says all the rest")
        }
        return .file(words.options[0].value)
    }
}

extension CommandPool {
    init(_ words: CommandWords) throws(StartRefused) {
        for (option, value) in words.options {
            switch option {
            case "listen": addresses.append(value)
            case "name": name = try Invocation.poolName(value)
            case "protocol": workerProtocol = try Self.workerProtocol(value)
            case "type": readiness = try Self.readiness(value)
            default: workers = try Self.workers(value)
            }
        }
        command = words.operands
        guard command.first?.isEmpty == false else {
            throw StartRefused(.usage, "a worker needs a command: add -- COMMAND ARGUMENT…")
        }
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
        martletd --config FILE
            runs a pool in the foreground, on the sockets that the file's [Socket] names
        martletd [--listen ADDRESS]… [--workers N] [--name NAME] [--protocol systemd|node]
                 [--type exec|notify] -- COMMAND…
            runs a command as a pool in the foreground

          -c, --config FILE     a pool's file, see martlet.conf(5)
          -l, --listen ADDRESS  PORT, ADDRESS:PORT, [ADDRESS]:PORT, /PATH or @NAME; several are
                                passed on in order, as descriptors 3, 4, …
          -w, --workers N       auto (one for each CPU, the default), N, or -N for N fewer
          -n, --name NAME       what the pool is called (pool)
          -p, --protocol NAME   systemd (the default), or node for programs that know Node's
                                cluster module
              --type TYPE       when a worker is ready: exec (once it runs, the default with
                                systemd), or notify (when it says so; the default with node)
          -h, --help
              --version

        Signals: HUP reloads, TERM and INT stop (a second one at once), TTIN and TTOU ask for one
        worker more and fewer, USR1 tells the state.

        """
}
