// What fuzzing of configurations has brought to light, by a run or while its properties were written;
// each as the least that shows it.

import Testing

@testable import PoolConfiguration

@Suite struct FuzzFindingsTests {
    @Test(
        "a problem shows control characters beyond ASCII and marks that turn the writing as escapes",
        arguments: [
            ("\u{85}", "\\u0085"), ("\u{9b}", "\\u009b"), ("\u{2028}", "\\u2028"),
            ("\u{202e}", "\\u202e"), ("\u{200f}", "\\u200f"), ("\u{61c}", "\\u061c"),
            ("\u{7f}", "\\x7f"),
        ])
    func problems(_ character: String, _ shown: String) {
        #expect(
            PoolConfigurationTests.problems(worker: "Kill\(character)Now=1") == [
                "web.conf:5: [Worker] unknown directive \"Kill\(shown)Now\""
            ])
    }

    @Test("so does the listing, in a way that is read back")
    func listing() throws {
        let settings = try load(worker: "Environment=\"A=x\u{9b}\u{202e}y\"")
        let shown = "Environment=\"A=x\\u009b\\u202ey\""
        #expect(settings.effectiveSettings.contains { $0.text == shown })
        #expect(
            try load(worker: shown).worker.environment.map(\.value.written) == ["x\u{9b}\u{202e}y"])
    }

    @Test(
        "a value that ends in a backslash is not shown as a line that goes on",
        arguments: ["WorkingDirectory=/srv\\", "EnvironmentFile=-/env\\"])
    func backslash(_ line: String) throws {
        let settings = try load(worker: "\(line) \n")
        let text = settings.effectiveSettings.map { "[\($0.section.rawValue)]\n\($0.text)\n" }
        let again = try load(text.joined())
        #expect(settings.effectiveSettings.contains { $0.text == "\(line) " })
        #expect(again.effectiveSettings.map(\.text) == settings.effectiveSettings.map(\.text))
        #expect(again.worker.workingDirectory == settings.worker.workingDirectory)
    }

    @Test("a size that only its fraction makes too large is refused")
    func size() throws {
        #expect(try ByteSize.parse("9007199254740991.5K") == UInt64(Int64.max) - 511)
        #expect(throws: InvalidValue("is too large; \"infinity\" means no limit")) {
            try ByteSize.parse("9007199254740991.999999K")
        }
    }
}
