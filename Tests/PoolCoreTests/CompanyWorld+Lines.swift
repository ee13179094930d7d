// What a pool with an agent does, as the short lines that plays compare.

import PoolCore
import PoolSimulation

extension CompanyWorld {
    init(_ policy: PoolPolicy) {
        self.init(Trial.Beginning(policy: policy, watchdogInterval: nil), keepsEffects: true)
    }

    /// Deeds, words to the service manager and verdicts since the last time.
    var lines: [String] { seen.compactMap(\.companyLine) }

    /// The same, and nothing of it a second time.
    mutating func heard() -> [String] {
        defer { forgetSeen() }
        return lines
    }
}

extension Effect {
    /// Workers by slot and the agent as such; `nil` for what plays don't listen to.
    fileprivate var companyLine: String? {
        guard Set<Effect.Kind>.acts.contains(kind) else { return nil }
        switch self {
        case .launch(let id, _), .disconnect(let id), .signal(let id, _), .relay(let id, _),
            .kill(let id), .forget(let id):
            return line.replacing("\(id)", with: id.isAgent ? "agent" : "\(id.slot)")
        default: return line
        }
    }
}
