import FoundationEssentials
import Testing

@testable import PoolWire

@Suite("The interface io.martlet.Pool")
struct PoolInterfaceTests {
    @Test("is the same text in the program and in docs/io.martlet.Pool.varlink")
    func documented() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try Data(contentsOf: URL(filePath: "/\(root)/docs/io.martlet.Pool.varlink"))
        #expect(Array(file).text == PoolInterface.text)
    }

    @Test(
        "describes exactly the fields that are sent",
        arguments: [
            ("PoolReport", fields(of: Samples.report)),
            ("Master", fields(of: Samples.report.master)),
            ("Rollout", fields(of: Samples.report.rollout)),
            ("Worker", fields(of: Samples.report.workers.first)),
            ("Listener", fields(of: Samples.report.listeners.first)),
            (
                "Setting",
                fields(of: SettingReport(section: "", name: "", value: "", origin: ""))
            ),
            ("MetricFamily", fields(of: Samples.families.last)),
            ("MetricSample", fields(of: Samples.families.last?.samples.first)),
            ("MetricBucket", fields(of: Samples.families.last?.samples.first?.buckets?.first)),
        ])
    func types(_ type: String, _ sent: Set<String>) throws {
        #expect(!sent.isEmpty)
        #expect(try described("type \(type) (") == sent)
    }

    @Test("has each method and error the master knows")
    func members() throws {
        #expect(PoolInterface.text.contains("\nmethod Status() -> (pool: PoolReport)\n"))
        #expect(PoolInterface.text.contains("\nmethod Reload(wait: ?bool) -> (\n"))
        #expect(
            try described("method Reload(wait: ?bool) -> (")
                == ["generation", "ready", "wanted", "status"])
        #expect(
            PoolInterface.text.contains(
                "\nmethod Subscribe() -> (happening: ?Happening, message: ?Message, lost: ?int)\n"))
        for line in [
            "List(slot: ?int) -> (workers: []Worker)",
            "Configuration() -> (files: []string, settings: []Setting)",
            "RestartWorker(slot: ?int) -> ()", "KillWorker(slot: int, signal: ?string) -> ()",
            "Reexec() -> ()", "Leave() -> ()",
            "Send(to: ?string, msg: object) -> (recipients: int)",
        ] {
            #expect(PoolInterface.text.contains("\nmethod \(line)\n"))
        }
        for case .refused(let error) in Samples.answers {
            let name = error.name.dropFirst("io.martlet.Pool.".count)
            #expect(PoolInterface.text.contains("\nerror \(name) ("))
        }
    }

    private static func fields(of value: some Encodable) -> Set<String> {
        guard let json = try? JSONEncoder().encode(value),
            let object = try? JSONDecoder().decode([String: Anything].self, from: json)
        else { return [] }
        return Set(object.keys)
    }

    /// The names of the fields between a head and its closing parenthesis.
    private func described(_ head: String) throws -> Set<String> {
        let lines = PoolInterface.text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: Substring(head)))
        let body = lines[(start + 1)...].prefix { $0 != ")" }
        let fields = body.filter { !$0.hasPrefix("    #") }.compactMap { line in
            line.split(separator: ":").first.map { $0.drop { $0 == " " } }
        }
        return Set(fields.map(String.init))
    }

    private struct Anything: Decodable {
        init(from decoder: any Decoder) throws {}
    }
}
