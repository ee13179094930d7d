// The environment of a worker: ours, the configuration's, and what it is told by the pool.

import PoolConfiguration
import PoolCore

extension WorkerLauncher {
    /// Later ones win; each name comes once.
    func environment(_ order: LaunchOrder) -> [(String, String)] {
        var own: [(String, String)] = [
            ("MARTLET_POOL", pool), ("MARTLET_GENERATION", "\(order.generation)"),
            ("NOTIFY_SOCKET", notifyPath(order.id)),
        ]
        own.append(order.isAgent ? ("MARTLET_AGENT", "1") : ("MARTLET_WORKER", "\(order.post)"))
        let inherited = inherited(order)
        if !inherited.isEmpty {
            own.append(("LISTEN_FDS", "\(inherited.count)"))
            own.append(("LISTEN_FDNAMES", inherited.map(\.name).joined(separator: ":")))
        }
        own += channelVariables(order, descriptor: 3 + inherited.count)
        if let interval = order.program.policy.watchdogInterval {
            own.append(("WATCHDOG_USEC", "\(interval.saturatingNanoseconds / 1_000)"))
        }
        let configured = order.program.environment(post: order.post, generation: order.generation)
            .map { ($0.name, $0.value) }
        // PM2's name for the slot; a configuration that uses it otherwise wins.
        let habit = order.isAgent ? [] : [("NODE_APP_INSTANCE", "\(order.post)")]
        return Self.merged([baseEnvironment.map { ($0.name, $0.value) }, habit, configured, own])
    }

    private func channelVariables(_ order: LaunchOrder, descriptor: Int) -> [(String, String)] {
        let id = order.id
        switch order.settings.workerProtocol {
        case .systemd: return []
        case .node:
            var variables = [
                ("NODE_CHANNEL_FD", "\(descriptor)"), ("NODE_CHANNEL_SERIALIZATION_MODE", "json"),
            ]
            // What `cluster.worker.id` is, never given twice; without it a program is a child of
            // fork(), and no worker of a cluster.
            if !order.isAgent { variables.append(("NODE_UNIQUE_ID", "\(id.incarnation)")) }
            return variables
        case .martlet:
            let names = dispatched(order).map { sockets[$0].name }
            return [
                ("MARTLET_CHANNEL", "\(descriptor)"),
                ("MARTLET_COUNTERS", "\(descriptor + 1)"),
                ("MARTLET_INCARNATION", "\(id.incarnation)"),
                ("MARTLET_DISPATCHED", names.joined(separator: ":")),
            ]
        }
    }

    private static func merged(_ layers: [[(String, String)]]) -> [(String, String)] {
        var places: [String: Int] = [:]
        var merged: [(String, String)] = []
        for (name, value) in layers.joined() {
            if let place = places[name] {
                merged[place].1 = value
            } else {
                places[name] = merged.count
                merged.append((name, value))
            }
        }
        return merged
    }
}
