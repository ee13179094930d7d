import ConfigurationFiles
import PoolConfiguration
import PoolWire
import Testing

@testable import martletctl

/// Whether what is printed fits is looked at in a container; here, that nothing is left out.
@Suite("The schemas of what --json prints")
struct SchemaTests {
    private func text(of schema: String) throws -> String {
        let checkout = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(checkout)/docs/schemas/\(schema).json"
        let bytes = try #require(try SystemFiles().read(path))
        return String(decoding: bytes, as: UTF8.self)
    }

    private func members(of value: Any) -> [String] {
        Mirror(reflecting: value).children.compactMap(\.label)
    }

    @Test("know each member of each type")
    func members() throws {
        let worker = WorkerReport(
            slot: 0, generation: 1, state: "ready", restarts: 0, lastReason: "started")
        let master = MasterReport(pid: 1, number: 1, version: "0.1.0", secondsRunning: 1)
        let rollout = RolloutReport(
            from: 1, to: 2, stage: "forward", replaced: 0, rising: [], waiting: [],
            secondsUnderWay: 0)
        let listener = ListenerReport(name: "web", kind: "stream", address: "[::]:80")
        let report = PoolReport(
            pool: "web", state: "serving", pid: 1, generation: 1, wanted: 1, ready: 1, status: "",
            workers: [worker], listeners: [listener])
        let row = PoolRow(
            pool: "web", state: "stopped", ready: nil, wanted: nil, generation: nil, pid: nil,
            uptimeSeconds: nil, listeners: [], configuration: nil, note: nil)
        let finding = Finding(pool: nil, check: "socket", level: .note, sentence: "", fix: nil)
        let values: [(schema: String, values: [Any])] = [
            ("status", [report, master, worker, rollout, listener]), ("list", [row]),
            ("doctor", [finding]),
        ]
        for (schema, values) in values {
            let text = try text(of: schema)
            for name in values.flatMap(members(of:)) {
                #expect(text.contains("\"\(name)\": {"), "\(schema): \(name)")
            }
        }
    }
}
