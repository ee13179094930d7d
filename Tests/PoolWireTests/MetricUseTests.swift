import FoundationEssentials
import Testing

@testable import PoolWire

@Suite("Those who use the metrics")
struct MetricUseTests {
    private static let dashboard = "packaging/grafana/martlet.json"
    private static let alerts = "packaging/prometheus/martlet.rules.yml"
    private static let manual = "packaging/man/martlet-metrics.8"

    private static func text(_ file: String) throws -> String {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return Array(try Data(contentsOf: URL(filePath: "/\(root)/\(file)"))).text
    }

    /// Those that stand in the text with this prefix, each once.
    private static func metrics(in text: String) -> Set<String> {
        let words = text.split { character in
            !(character.isASCII && (character.isLetter || character.isNumber || character == "_"))
        }
        return Set(words.filter { $0.hasPrefix("martlet_") }.map(String.init))
    }

    private static func samples(of metric: Metric) -> [String] {
        switch metric.kind {
        case .gauge: [metric.name]
        case .counter: [metric.name + "_total"]
        case .histogram: ["_bucket", "_count", "_sum"].map { metric.name + $0 }
        }
    }

    @Test("name none that there is not", arguments: [dashboard, alerts])
    func known(_ file: String) throws {
        let named = Self.metrics(in: try Self.text(file))
        #expect(named.count > 5)
        let all = Set(Metric.allCases.flatMap(Self.samples))
        #expect(named.subtracting(all) == [])
    }

    @Test("show each of them on the dashboard and in the manual", arguments: Metric.allCases)
    func shown(_ metric: Metric) throws {
        let samples = Self.samples(of: metric)
        #expect(!Self.metrics(in: try Self.text(Self.dashboard)).isDisjoint(with: samples))
        let names = metric.kind == .histogram ? [metric.name] : samples
        #expect(!Self.metrics(in: try Self.text(Self.manual)).isDisjoint(with: names))
    }

    @Test("have a dashboard that is a JSON object with panels that each ask for something")
    func panels() throws {
        struct Dashboard: Decodable {
            struct Panel: Decodable {
                struct Target: Decodable { let expr: String }
                let id: Int
                let type: String
                let targets: [Target]?
            }
            let title: String
            let uid: String
            let panels: [Panel]
        }
        let board = try JSONDecoder().decode(
            Dashboard.self, from: Data(Self.text(Self.dashboard).utf8))
        #expect(Set(board.panels.map(\.id)).count == board.panels.count)
        for panel in board.panels where panel.type != "row" {
            let targets = try #require(panel.targets)
            #expect(!targets.isEmpty)
            #expect(targets.allSatisfy { $0.expr.contains("martlet_") })
        }
    }
}
