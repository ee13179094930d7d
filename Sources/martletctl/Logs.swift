// `martletctl logs`: what a pool's programs and its master have written, by journalctl(1).
// Invariant: this process becomes journalctl, so that nothing is between it and its reader.

import LinuxKernel

struct Logs: Command {
    let pool: String
    /// Its slot, -1 for the agent; `nil` for all of the pool.
    let worker: Int?
    /// For journalctl, as they are.
    let options: [String]

    private static let workerOption = CommandOption("worker", takesValue: true)
    private static let passedOn = [
        CommandOption("follow", "f"), CommandOption("lines", "n", takesValue: true),
        CommandOption("since", takesValue: true), CommandOption("until", takesValue: true),
        CommandOption("output", "o", takesValue: true), CommandOption("no-pager"),
    ]

    static let verbs = [
        Verb(
            "logs",
            "[--worker SLOT|agent] [OPTION…] POOL",
            options: [workerOption] + passedOn,
            help: """
                shows the journal of a pool: its workers, its agent, its master and its units
                --worker SLOT  what one worker wrote, or the agent, and what the master says of it
                -f, --follow, -n, --lines N, --since TIME, --until TIME, -o, --output FORMAT,
                --no-pager     as journalctl(1) has them
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        let path: String?
        do throws(SystemError) {
            path = try Executable.find("journalctl")
        } catch {
            throw Failure(.system, "\(pool): \(error)")
        }
        guard let path else {
            throw Failure(
                .unavailable,
                "\(pool): there is no journalctl on this machine; a pool in the foreground writes "
                    + "its logs to its standard error")
        }
        throw Failure(.system, "\(pool): \(OwnProcess.become(path, ["journalctl"] + arguments))")
    }

    /// Units come before what narrows them: journalctl takes both to be wanted of each line, and
    /// alternatives on both sides of a `+`.
    var arguments: [String] {
        let units = ["--unit=martlet@\(pool).service"]
        guard let worker else {
            return options + units + ["--unit=martlet@\(pool).socket"]
        }
        let name = worker < 0 ? "agent" : "\(worker)"
        return options + units
            + ["SYSLOG_IDENTIFIER=\(pool)/\(name)", "+", "MARTLET_WORKER=\(name)"]
    }
}

extension Logs {
    init(_ words: VerbWords) throws(Failure) {
        let pool = try words.pool()
        let worker = try words.value(of: Self.workerOption).map { word throws(Failure) in
            try WorkerWord(word).slot
        }
        var options: [String] = []
        for option in Self.passedOn where words.has(option) {
            guard option.takesValue else {
                options.append("--\(option.name)")
                continue
            }
            let value = words.value(of: option) ?? ""
            guard !value.isEmpty else { throw .usage("--\(option.name) needs a value") }
            options.append("--\(option.name)=\(value)")
        }
        self.init(pool: pool, worker: worker, options: options)
    }
}
