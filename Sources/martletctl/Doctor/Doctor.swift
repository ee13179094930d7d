// `martletctl doctor`: looks at pools, their units and the machine, and says what would mend them.

import ConfigurationFiles
import LinuxKernel
import PoolConfiguration

struct Doctor: Command {
    /// All that have a file, if none is named.
    let pools: [String]
    let asJSON: Bool

    static let verbs = [
        Verb(
            "doctor", "[--json] [POOL…]", options: [.json],
            help: """
                looks at the units of pools, at their programs and at this machine, and says what is
                not as it should be and what mends it; all pools with a file if none is named
                --json  an array with an object for each finding
                """)
    ]

    /// - Returns: 1 if something does not work.
    func run(on console: inout Console) throws(Failure) -> ExitCode {
        let configured = ConfiguredPools(from: SystemFiles())
        let names = pools.isEmpty ? configured.names : pools
        var findings: [Finding] = []
        do throws(SystemError) {
            let finder = try FactFinder(names)
            var host = try finder.host(configured.names)
            // Who asks for one pool does not ask for the others.
            host.problems = pools.isEmpty ? configured.problems : []
            findings = Diagnosis.of(host)
            for name in names { findings += Diagnosis.of(try finder.facts(of: name), on: host) }
        } catch {
            throw Failure(.system, "martletctl: \(error)")
        }
        if asJSON {
            console.say(findings.map(\.jsonText).asJSONArray)
        } else {
            let report = DoctorText(
                findings: findings, pools: names, hasColours: console.hasColours)
            for line in report.lines { console.say(line) }
        }
        return findings.contains { $0.level == .error } ? .failed : .done
    }
}

extension Doctor {
    init(_ words: VerbWords) throws(Failure) {
        self.init(pools: try words.pools(), asJSON: words.has(.json))
    }
}
