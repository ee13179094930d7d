// What the files of a pool set, as far as it has been read; the defaults for the rest.

import PoolCore

struct SettingValues: Equatable, Sendable {
    let pool: String
    var workers = WorkerCount.auto
    /// `workers` in it has no meaning here: it is `WorkerCount` until processors are counted.
    var policy = PoolPolicy()
    var workerProtocol = WorkerProtocol.systemd
    var dispatch = Dispatch.shared
    var overflow = DispatchPolicy.Overflow.wait
    var awaitsReadyMessage = false
    var sendsShutdownMessage = false
    var command: WorkerCommand?
    var workingDirectory: WorkingDirectory?
    var environment: [EnvironmentAssignment] = []
    var environmentFiles: [EnvironmentFile] = []
    var handedOn: [HandedOnLine] = []
    /// Where a directive's value was set; what is missing is the default.
    private(set) var origins: [String: Origin] = [:]

    init(pool: String) {
        self.pool = pool
    }

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
