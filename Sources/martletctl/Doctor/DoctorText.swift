// Findings as people read them.

import LinuxKernel

struct DoctorText {
    let findings: [Finding]
    let pools: [String]
    let hasColours: Bool

    var lines: [String] {
        var lines = section("this machine", findings.filter { $0.pool == nil })
        for pool in pools { lines += section(pool, findings.filter { $0.pool == pool }) }
        return lines + ["", count]
    }

    private func section(_ title: String, _ findings: [Finding]) -> [String] {
        let head = title.inColour(hasColours ? .bold : nil)
        guard !findings.isEmpty else { return ["\(head): all is well"] }
        return ["\(head):"]
            + findings.flatMap { finding in
                ["  \(word(finding.level)): \(finding.sentence.withoutLineBreaks)"]
                    + (finding.fix.map { ["    fix: \($0.withoutLineBreaks)"] } ?? [])
            }
    }

    private func word(_ level: Finding.Level) -> String {
        let colour: Colour? =
            switch level {
            case .error: .red
            case .warning: .yellow
            case .note: nil
            }
        return level.rawValue.inColour(hasColours ? colour : nil)
    }

    /// `1 error, 2 warnings, 0 notes`
    private var count: String {
        let levels: [Finding.Level] = [.error, .warning, .note]
        let words = levels.map { level in
            let number = findings.count { $0.level == level }
            return "\(number) \(level.rawValue)\(number == 1 ? "" : "s")"
        }
        return words.joined(separator: ", ") + "."
    }
}
