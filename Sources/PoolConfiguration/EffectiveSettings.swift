// The settings in force with where each comes from, as `martletctl check` prints them.
// Invariant: the lines without their origins are a file that is read as the same settings.

/// One line of the listing.
package struct EffectiveSetting: Equatable, Sendable {
    package let section: Section
    package let name: String
    package let value: String
    package let origin: Origin

    /// As it stands in a file. A backslash at the line's end would go on in the next line, so there
    /// is a blank after it.
    package var text: String { "\(name)=\(value)" + (value.utf8.last == .backslash ? " " : "") }
}

extension PoolSettings {
    /// Every directive of [Pool], [Worker] and, if there is an agent, [Agent], and what is handed on
    /// to systemd.
    package var effectiveSettings: [EffectiveSetting] {
        let handedOn = values.handedOn.map {
            EffectiveSetting(
                section: $0.section, name: $0.name, value: $0.value, origin: $0.origin)
        }
        let mine = Directive.all.filter { $0.section != .agent || agent != nil }
        let own = mine.flatMap { directive in
            directive.shownValues(values).map {
                EffectiveSetting(
                    section: directive.section, name: directive.name, value: $0.text,
                    origin: $0.origin)
            }
        }
        return Section.allCases.flatMap { section in
            (handedOn + own).filter { $0.section == section }
        }
    }

    /// The listing as people read it: sections, and the origin of each line behind it.
    package var effectiveListing: String {
        let settings = effectiveSettings
        // Long lines don't push the column away from all others.
        let column = settings.map(\.text.unicodeScalars.count).filter { $0 <= 48 }.max() ?? 0
        var lines: [String] = []
        for section in Section.allCases {
            let ofSection = settings.filter { $0.section == section }
            guard !ofSection.isEmpty else { continue }
            if !lines.isEmpty { lines.append("") }
            lines.append("[\(section.rawValue)]")
            for setting in ofSection {
                let text = setting.text.onOneLine
                let gap = max(column - text.unicodeScalars.count, 0) + 2
                lines.append(text + String(repeating: " ", count: gap) + "# \(setting.origin)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
