// What a diagnosis is made from: gathered once, judged without another look.
// Invariant: what could not be learnt is `nil`, and nobody concludes anything from it.

import LinuxKernel
import PoolConfiguration

/// The machine, and what its pools have between them.
struct HostFacts: Equatable {
    /// `nil` where systemd does not run.
    var systemdRelease: Int?
    /// The most connections that may wait in any listening socket: net.core.somaxconn.
    var longestBacklog: Int?
    var memoryBytes: UInt64?
    /// That a pool may use.
    var processors = 1
    /// Whether the journal is on a disk.
    var keepsJournal: Bool?
    /// Whether the group `martlet` is there.
    var hasGroup: Bool?
    /// Where pools listen by their files.
    var listeners: [String: [String]] = [:]
    /// Files that belong to no pool, directories that can't be listed.
    var problems: [ConfigurationProblem] = []
}

struct PoolFacts: Equatable {
    enum Configuration: Equatable {
        case accepted(PoolSettings)
        case refused([ConfigurationProblem])
        /// There is no such file.
        case missing(ConfigurationProblem)
    }

    let pool: String
    var configuration: Configuration
    /// `nil` where systemd does not run.
    var service: UnitProperties?
    var socket: UnitProperties?
    var anchor: UnitProperties?
    /// What the generator would write, and what it has written, by path.
    var wantedDropIns: [String: String] = [:]
    var writtenDropIns: [String: String]?
    /// Whether the user that the service names is there.
    var hasUser: Bool?
    /// The program of the workers, and that of the agent.
    var programs: [ProgramAccess] = []
    /// What `node --version` says.
    var nodeVersion: String?
    /// Who has an address that the pool's socket is to have, by address.
    var holders: [String: String] = [:]

    var settings: PoolSettings? {
        if case .accepted(let settings) = configuration { return settings }
        return nil
    }
}
