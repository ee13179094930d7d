import FoundationEssentials
import Testing

@testable import PoolWire

@Suite("JSON for programs, on a person's terminal")
struct PrintableJSONTests {
    private static let hostile = "a\u{7f}\u{9b}2J\u{202e}b\u{2028}\u{61c}\u{1f426}\"\\\u{1b}"

    private static let report = PoolReport(
        pool: "web", state: "serving", pid: 1, generation: 1, wanted: 1, ready: 1, status: hostile,
        workers: [], listeners: [ListenerReport(name: hostile, kind: "stream", address: "@x")])

    private static let happening = Happening(
        time: 1, slot: nil, generation: nil, priority: 5, sentence: hostile)

    /// Found by the fuzzer of replies: JSONEncoder writes U+009B, which some terminals take for the
    /// beginning of a command, as it is.
    @Test("has no control character and no mark that turns the writing")
    func harmless() {
        for json in [Self.report.json, [Self.happening].json] {
            let controls = json.text.unicodeScalars.filter {
                $0.properties.generalCategory == .control
                    || ["\u{202e}", "\u{2028}", "\u{61c}"].contains($0)
            }
            #expect(controls.isEmpty, "\(json.text.debugDescription)")
            #expect(json.text.contains("a\\u007f\\u009b2J\\u202eb\\u2028\\u061c\u{1f426}"))
        }
    }

    @Test("means what it meant")
    func meaning() throws {
        let decoder = JSONDecoder()
        let report = try decoder.decode(PoolReport.self, from: Data(Self.report.json))
        #expect(report == Self.report)
        let story = try decoder.decode([Happening].self, from: Data([Self.happening].json))
        #expect(story == [Self.happening])
    }
}
