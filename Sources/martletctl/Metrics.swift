// `martletctl metrics`: the figures of pools, as a monitoring system reads them.

import LinuxKernel
import PoolWire

struct Metrics: Command {
    /// All that run if none is named.
    let pools: [String]

    static let verbs = [
        Verb(
            "metrics", "[POOL…]",
            help: """
                writes the figures of pools as OpenMetrics text; of all that run if none is named
                """)
    ]

    /// A pool that does not answer is down, and hides none of the others.
    func run(on console: inout Console) throws(Failure) -> ExitCode {
        var worst = ExitCode.done
        var text = OpenMetricsText()
        let asked = try pools.isEmpty ? ControlSocket.running() : pools
        for (pool, answer) in ControlConnection.ask(each: asked, .metrics) {
            do throws(Failure) {
                text.add(try Self.families(of: pool, answer.get()), of: pool)
            } catch {
                // A directory that a master left is no pool that somebody asked for.
                if pools.isEmpty, error.code == .notRunning { continue }
                text.add(nil, of: pool)
                console.complain(error)
                worst = max(worst, error.code)
            }
        }
        console.write(text.text.utf8)
        return worst
    }

    private static func families(
        of pool: String, _ answer: ControlAnswer
    ) throws(Failure) -> [MetricFamily] {
        guard case .metrics(let families) = answer else {
            throw .strayAnswer(pool)
        }
        return families
    }
}

extension Metrics {
    init(_ words: VerbWords) throws(Failure) {
        self.init(pools: try words.pools())
    }
}
