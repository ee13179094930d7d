// `martletctl kill`: a signal to one worker, as systemctl(1) has it for units.

import LinuxKernel
import PoolWire

struct Kill: Command {
    let pool: String
    let slot: Int
    /// As systemd.kill(5) names it; the master knows which there are.
    let signal: String

    private static let signal = CommandOption("signal", "s", takesValue: true)

    static let verbs = [
        Verb(
            "kill", "[-s SIGNAL] POOL SLOT|agent", options: [signal],
            help: """
                sends a signal to the main process of a worker; one that ends of it is replaced
                -s, --signal SIGNAL  by name or number; SIGTERM if none is given
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        let request = ControlRequest.kill(slot: slot, signal: signal)
        guard case .accepted = try ControlConnection.ask(pool, request) else {
            throw .strayAnswer(pool)
        }
        return .done
    }
}

extension Kill {
    init(_ words: VerbWords) throws(Failure) {
        // As kill(1) has it.
        if let number = words.operands.first(where: { $0.hasPrefix("-") }) {
            throw .usage(
                "kill takes a signal after -s: -s \(number.dropFirst()) in place of \(number)")
        }
        guard words.operands.count == 2 else {
            throw .usage("kill takes the name of one pool, and the slot of a worker, or agent")
        }
        self.init(
            pool: try PoolWord(words.operands[0]).name,
            slot: try WorkerWord(words.operands[1]).slot,
            signal: words.value(of: Self.signal) ?? "SIGTERM")
    }
}
