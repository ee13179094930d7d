// What the files of a pool set, as far as it has been read; the defaults for the rest.

import PoolCore

struct SettingValues: Equatable, Sendable {
    private static let defaults = PoolPolicy()

    let pool: String
    var workers = WorkerCount.auto
    var spare = Self.defaults.spare
    var rolloutSurge = Self.defaults.rolloutSurge
    var rolloutMaxUnready = Self.defaults.rolloutMaxUnready
    var rolloutSettle = Self.defaults.rolloutSettle
    var workerProtocol = WorkerProtocol.systemd
    var dispatch = Dispatch.shared
    var overflow = DispatchPolicy.Overflow.wait
    var worker = ProgramValues()
    /// Without meaning unless there is an agent.
    var agent = ProgramValues.ofAgent
    /// Whether anything was said of an agent since its command was last taken away.
    var hasAgent = false
    var handedOn: [HandedOnLine] = []
    /// Where a directive's value was set; what is missing is the default.
    private(set) var origins: [String: Origin] = [:]

    init(pool: String) {
        self.pool = pool
    }

    /// What the pool runs.
    var programs: [Program] { hasAgent ? [.worker, .agent] : [.worker] }

    func origin(of directive: Directive) -> Origin {
        origins[directive.key] ?? .builtIn
    }

    mutating func setOrigin(_ origin: Origin?, of directive: Directive) {
        origins[directive.key] = origin
    }
}

extension Directive {
    fileprivate var key: String { "\(section.rawValue).\(name)" }
}
