// What a master knows that the next one needs, and its form in memory: JSON.
// Invariant: each form that a released version has written can be read for ever; what can't be read
// is refused with a sentence, never guessed at.

import FoundationEssentials
import PoolConfiguration
import PoolCore
import PoolWire

/// All that outlives a master beside descriptors.
///
/// A member that is added later must be optional, or `init(from:)` must know what it was before; a
/// change of meaning is a new `version`. `Tests/Fixtures/states` has one of each version.
struct MasterState: Codable {
    /// Of the form that this martlet writes.
    static let version = 1

    var version = MasterState.version
    /// The martlet that wrote it.
    var product = Product.version
    var pool: String
    /// Which master of this pool it is since the pool was started, from 1.
    var number: Int
    var company: Company
    /// The effects of the last event, in their order; `StateMemory.done` of them are carried out.
    var outbox: [Effect] = []
    /// Those that the core knows.
    var generations: [GenerationNumber: Generation]
    var workers: [Worker]
    /// In their order.
    var sockets: [Socket]
    /// What has happened lately; `nil` of a master that had no time to leave it.
    var annals: [Annals.Entry]?

    /// What a generation was made of.
    struct Generation: Codable {
        let texts: ConfigurationTexts?
        let listeners: NodeListeners.State?
    }

    /// What the core does not know of a worker.
    struct Worker: Codable {
        let id: WorkerID
        let pid: Int32
        /// In clock ticks after the boot, proc_pid_stat(5).
        let startTime: UInt64
        let executable: String
        let session: SessionState?
        let requests: UInt64?
    }

    struct Socket: Codable, Equatable {
        let name: String
        let address: String
        /// Whether its file is ours to remove.
        let hasFile: Bool
        /// Whether workers have made it block. systemd takes that back when it starts a master.
        let isBlocking: Bool
    }
}

/// Why a state can't be gone on with.
struct StateRefused: Error, CustomStringConvertible {
    let description: String
}

extension MasterState {
    func encoded() throws(StateRefused) -> [UInt8] {
        do {
            return try JSONWriter.bytes(of: self)
        } catch {
            throw StateRefused(description: "the state can't be written: \(error)")
        }
    }

    init(decoding image: [UInt8]) throws(StateRefused) {
        let head: Head = try Self.decode(image)
        guard head.version <= Self.version else {
            throw StateRefused(
                description: "the state was written by martlet \(head.product), in form "
                    + "\(head.version); this is martlet \(Product.version), which knows forms up to "
                    + "\(Self.version)")
        }
        self = try Self.decode(image)
        let faults = company.violations
        guard faults.isEmpty else {
            throw StateRefused(
                description: "the state contradicts itself: \(faults.joined(separator: "; "))")
        }
    }

    /// What all forms have in common.
    private struct Head: Decodable {
        let version: Int
        let product: String
    }

    private static func decode<Value: Decodable>(
        _ image: [UInt8]
    ) throws(StateRefused) -> Value {
        guard ForeignJSON.isSound(image) else {
            throw StateRefused(description: "the state is damaged: its JSON is no text")
        }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(image))
        } catch {
            throw StateRefused(description: "the state is damaged: \(error)")
        }
    }
}
