// The command line of martlet-metrics(8), read.
// Invariant: an option is obeyed or refused; none is ignored.

import LinuxKernel
import PoolConfiguration
import PoolCore
import PoolWire

/// The exit statuses of sysexits.h(3head) that this program has.
enum ExitCode: Int32 {
    case done = 0
    case usage = 64
    case system = 71
    case output = 74
}

struct Options: Equatable {
    /// `nil` stays for ever.
    var idleNanoseconds: Int64? = 300_000_000_000
}

enum Invocation: Equatable {
    case serve(Options)
    case help
    case version
    case refused(String)

    private static let known = [
        CommandOption("help", "h"), CommandOption("version"),
        CommandOption("exit-idle-time", takesValue: true),
    ]

    init(arguments: [String]) {
        let words: CommandWords
        do throws(CommandRefused) {
            words = try CommandWords(arguments, options: Self.known)
        } catch {
            self = .refused(error.sentence)
            return
        }
        var options = Options()
        for (name, value) in words.options {
            switch name {
            case "help":
                self = .help
                return
            case "version":
                self = .version
                return
            default:
                do throws(InvalidValue) {
                    options.idleNanoseconds = try Self.nanoseconds(value)
                } catch {
                    let word = value.withoutControlCharacters()
                    self = .refused("--exit-idle-time=\(word): \(error.reason)")
                    return
                }
            }
        }
        guard words.operands.isEmpty else {
            self = .refused("takes no \"\(words.operands[0].withoutControlCharacters())\"")
            return
        }
        self = .serve(options)
    }

    private static func nanoseconds(_ text: String) throws(InvalidValue) -> Int64? {
        switch try TimeSpan(parsing: text) {
        case .infinite: nil
        case .finite(let duration): duration.saturatingNanoseconds
        }
    }

    static let helpText = """
        martlet-metrics [--exit-idle-time=SPAN]
            serves the figures of all pools over HTTP, at /metrics, on the socket that systemd passes;
            enabled with: systemctl enable --now martlet-metrics.socket

                --exit-idle-time=SPAN  ends after so long without a connection, or never with
                                       infinity; default 5min
            -h, --help
                --version

        """
}
