// What a master is given before it begins: the pool's name, its settings, its sockets, its place.

import LinuxKernel
import PoolConfiguration
import PoolCore
import Systemd

/// Everything that differs between a service of systemd and a program in the foreground.
package struct Arrangement {
    let pool: String
    /// The settings to begin with.
    let reading: Reading
    let configuration: Configuration
    let sockets: [PoolSocket]
    let directory: RunDirectory
    let chronicle: Chronicle
    let output: WorkerOutput
    /// The master's own cgroup, where workers get groups of their own.
    let delegated: ControlGroup?
    let watchdogInterval: Duration?
    let isForeground: Bool
    /// A change in it is a reason for a reload.
    package var watched: WatchedTree?
    /// What the master before has left; `nil` for the first one of a pool.
    var succession: Succession?
    /// What that was if nothing of it can be used, and why not.
    var refused: RefusedState?

    var settings: PoolSettings { reading.settings }
}

extension PoolSettings {
    /// The rules on this machine, now: affinity and quota may have changed since the last time.
    func policyHere() -> PoolPolicy {
        policy(availableProcessors: (try? ProcessorCount.available()) ?? 1)
    }
}
