// From facts to findings.
// Invariant: the same facts give the same findings in the same order, and nothing is looked up here.

import PoolConfiguration

struct Diagnosis {
    let host: HostFacts
    /// The one that is looked at; `nil` for the machine.
    private let pool: PoolFacts?
    private(set) var findings: [Finding] = []

    /// What is wrong with the machine.
    static func of(_ host: HostFacts) -> [Finding] {
        var diagnosis = Diagnosis(host: host, pool: nil)
        diagnosis.lookAtHost()
        return diagnosis.findings
    }

    /// What is wrong with a pool.
    static func of(_ pool: PoolFacts, on host: HostFacts) -> [Finding] {
        var diagnosis = Diagnosis(host: host, pool: pool)
        diagnosis.lookAtConfiguration(pool)
        diagnosis.lookAtUnits(pool)
        if let settings = pool.settings {
            diagnosis.lookAtTimeouts(pool, settings)
            diagnosis.lookAtLimits(pool, settings)
            diagnosis.lookAtProgram(pool, settings)
            diagnosis.lookAtAddresses(pool, settings)
        }
        return diagnosis.findings
    }

    private init(host: HostFacts, pool: PoolFacts?) {
        self.host = host
        self.pool = pool
    }

    mutating func add(
        _ level: Finding.Level, _ check: String, _ sentence: String, fix: String? = nil
    ) {
        findings.append(
            Finding(pool: pool?.pool, check: check, level: level, sentence: sentence, fix: fix))
    }

    private mutating func lookAtConfiguration(_ pool: PoolFacts) {
        switch pool.configuration {
        case .accepted: break
        case .missing(let problem):
            add(
                .error, "configuration", problem.description,
                fix: "look for its name with: martletctl list, or make it with: "
                    + "martletctl new \(pool.pool)")
        case .refused(let problems):
            for problem in problems {
                add(
                    .error, "configuration", problem.description,
                    fix: "mend it, then: martletctl check \(pool.pool)")
            }
        }
    }
}
