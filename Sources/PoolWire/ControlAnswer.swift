// What the master answers over the control socket: written by it, read by martletctl.

package enum ControlAnswer: Hashable, Sendable {
    /// To Status.
    case report(PoolReport)
    /// To List.
    case workers([WorkerReport])
    /// To Configuration.
    case configuration(ConfigurationReport)
    /// To Why.
    case story([Happening])
    /// To Metrics.
    case metrics([MetricFamily])
    /// To Reload with wait=false: it will be done. To those that steer a rollout or are about one
    /// worker: it is done.
    case accepted
    /// To Reload: it is done.
    case reloaded(ReloadResult)
    /// To Scale.
    case scaled(ScaleResult)
    /// To Send: so many programs are told.
    case sent(recipients: Int)
    /// To any call.
    case refused(ControlError)
}

/// How a reload ended that ended well.
package struct ReloadResult: Hashable, Sendable {
    package let generation: Int
    package let ready: Int
    package let wanted: Int

    package init(generation: Int, ready: Int, wanted: Int) {
        self.generation = generation
        self.ready = ready
        self.wanted = wanted
    }
}

struct StatusParameters: Codable, Sendable {
    var pool: PoolReport
}

struct ListParameters: Codable, Sendable {
    var workers: [WorkerReport]
}

struct SendParameters: Codable, Sendable {
    var recipients: Int
}

struct ReloadParameters: Codable, Sendable {
    var generation: Int?
    var ready: Int?
    var wanted: Int?
    var status: String?
}

extension ControlAnswer {
    var frame: [UInt8]? {
        switch self {
        case .report(let report): VarlinkReply(StatusParameters(pool: report)).frame
        case .workers(let workers): VarlinkReply(ListParameters(workers: workers)).frame
        case .configuration(let report): VarlinkReply(report).frame
        case .sent(let recipients): VarlinkReply(SendParameters(recipients: recipients)).frame
        case .story(let happenings): VarlinkReply(WhyParameters(happenings: happenings)).frame
        case .metrics(let families): VarlinkReply(MetricsParameters(families: families)).frame
        case .accepted: VarlinkReply(NoParameters()).frame
        case .reloaded(let result):
            VarlinkReply(
                ReloadParameters(
                    generation: result.generation, ready: result.ready, wanted: result.wanted)
            ).frame
        case .scaled(let result):
            VarlinkReply(
                ScaleParameters(wanted: result.wanted, effective: result.isEffective)
            ).frame
        case .refused(let error): error.frame
        }
    }

    /// A reply before the last one.
    static func progressFrame(_ status: String) -> [UInt8]? {
        VarlinkReply(ReloadParameters(status: status), continues: true).frame
    }
}
