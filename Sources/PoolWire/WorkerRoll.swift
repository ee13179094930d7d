// Who serves, as an agent is told each time that it changes.

import FoundationEssentials

/// The workers of a pool that are ready, in the order of their slots.
package struct WorkerRoll: Equatable, Codable, Sendable {
    package var workers: [Entry]

    /// One of them.
    package struct Entry: Equatable, Codable, Sendable {
        package var slot: Int
        package var pid: Int32
        package var generation: Int

        package init(slot: Int, pid: Int32, generation: Int) {
            self.slot = slot
            self.pid = pid
            self.generation = generation
        }
    }

    package init(workers: [Entry]) {
        self.workers = workers
    }

    /// - Parameter json: An array of objects with `slot`, `pid` and `generation`.
    package init?(json: [UInt8]) {
        guard ForeignJSON.isSound(json),
            let workers = try? JSONDecoder().decode([Entry].self, from: Data(json))
        else { return nil }
        self.workers = workers
    }

    /// `[{"slot":0,"pid":4711,"generation":2}]`
    package var json: [UInt8] {
        let entries = workers.map {
            #"{"slot":\#($0.slot),"pid":\#($0.pid),"generation":\#($0.generation)}"#
        }
        return Array("[\(entries.joined(separator: ","))]".utf8)
    }

    /// As a Node program gets it: `{ type: 'martlet:workers', workers: [ … ] }`.
    package var line: [UInt8] {
        Array(#"{"type":"martlet:workers","workers":"#.utf8) + json + Array("}\n".utf8)
    }
}
