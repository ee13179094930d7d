// `martletctl status`: asks masters how their pools are.

import LinuxKernel
import PoolWire

struct Status: Command {
    /// All that run if none is named.
    let pools: [String]
    let asJSON: Bool

    static let verbs = [
        Verb(
            "status", "[--json] [POOL…]", options: [.json],
            help: """
                shows pools with their workers; all that run if none is named
                --json  one object for each pool that is named, or an array of all
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        var worst = ExitCode.done
        var reports: [PoolReport] = []
        let asked = try pools.isEmpty ? ControlSocket.running() : pools
        for (pool, answer) in ControlConnection.ask(each: asked, .status) {
            do throws(Failure) {
                reports.append(try Self.report(of: pool, answer.get()))
            } catch {
                // A directory that a master left is no pool that somebody asked for.
                if pools.isEmpty, error.code == .notRunning { continue }
                console.complain(error)
                worst = max(worst, error.code)
            }
        }
        show(reports, on: &console)
        if pools.isEmpty, reports.isEmpty, worst == .done {
            console.complain(
                Failure(.notRunning, "no pool runs; start one with: systemctl start martlet@NAME"))
            worst = .notRunning
        }
        return worst
    }

    static func report(of pool: String) throws(Failure) -> PoolReport {
        try report(of: pool, ControlConnection.ask(pool, .status))
    }

    static func report(
        of pool: String, _ answer: ControlAnswer
    ) throws(Failure) -> PoolReport {
        guard case .report(let report) = answer else {
            throw .strayAnswer(pool)
        }
        return report
    }

    private func show(_ reports: [PoolReport], on console: inout Console) {
        if asJSON {
            let objects = reports.map { String(decoding: $0.json, as: UTF8.self) }
            console.say(
                pools.isEmpty
                    ? "[\(objects.joined(separator: ",\n "))]" : objects.joined(separator: "\n"))
            return
        }
        for (index, report) in reports.enumerated() {
            if index > 0 { console.say("") }
            let text = StatusText(report, hasColours: console.hasColours)
            for line in text.lines { console.say(line) }
        }
    }
}

extension Status {
    init(_ words: VerbWords) throws(Failure) {
        self.init(pools: try words.pools(), asJSON: words.has(.json))
    }
}
