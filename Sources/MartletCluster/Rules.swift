// The words in which the rules for workers are written.

extension Cluster {
    /// After which ends a worker is started again: `Restart=` of systemd.service(5).
    public enum RestartRule: Sendable, Hashable {
        /// After none.
        case no
        /// After each.
        case always
        /// After those with status 0 and the like.
        case onSuccess
        /// After all others.
        case onFailure
        /// After a signal, a timeout, and silence.
        case onAbnormal
        /// After a signal.
        case onAbort
        /// After silence alone.
        case onWatchdog

        var text: String {
            switch self {
            case .no: "no"
            case .always: "always"
            case .onSuccess: "on-success"
            case .onFailure: "on-failure"
            case .onAbnormal: "on-abnormal"
            case .onAbort: "on-abort"
            case .onWatchdog: "on-watchdog"
            }
        }
    }

    /// When a worker counts as ready: `Type=` of martlet.conf(5).
    public enum Readiness: Sendable, Hashable {
        /// When it says so, by `ready()` or sd_notify(3).
        case notify
        /// When its program runs.
        case exec

        var text: String {
            switch self {
            case .notify: "notify"
            case .exec: "exec"
            }
        }
    }

    /// An end of a worker, as rules name it.
    public enum End: Sendable, Hashable {
        /// 0 to 255.
        case exited(Int32)
        /// By this signal.
        case signaled(Signal)

        var text: String {
            switch self {
            case .exited(let code): "\(code)"
            case .signaled(let signal): signal.description
            }
        }
    }
}
