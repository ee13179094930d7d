import EcosystemImport
import Foundation
import Testing

@Suite("The table of docs/node.md")
struct DocumentationTests {
    /// Its rows but the first two, which are the head.
    private func rows() throws -> [String] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/node.md").standardized
        let text = try String(contentsOf: file, encoding: .utf8)
        let section = try #require(
            text.components(separatedBy: "## From PM2's ecosystem file").last)
        let lines = section.components(separatedBy: "\n").drop { !$0.hasPrefix("|") }
        return Array(lines.prefix { $0.hasPrefix("|") }.dropFirst(2))
    }

    @Test("is the one that applications are translated by")
    func isTheSame() throws {
        let written = try rows()
        let expected = EcosystemRow.all.map { row in
            let options = row.options.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            return "| \(options) | \(row.counterpart) |"
        }
        #expect(written == expected, "should be:\n\(expected.joined(separator: "\n"))")
    }
}
