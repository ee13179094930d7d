// What comes of an application: the file of a pool, the drop-ins of its timer and its watch, and what
// has to be known.
// Invariant: the file is accepted by whoever reads pools' files, or there is none.

import PoolConfiguration

package struct ImportedPool: Equatable, Sendable {
    package let pool: String
    /// Of `NAME.conf`.
    package let text: String
    /// Of units.
    package let dropIns: [DropIn]
    package let notes: [ImportNote]
    /// Whether it is to be up after the next boot.
    package let isEnabled: Bool

    package struct DropIn: Equatable, Sendable {
        package let unit: String
        package let text: String

        /// In the directory `UNIT.d`.
        package var name: String { "50-pm2.conf" }
    }

    /// Values of `ListenStream=`.
    package let listeners: [String]

    /// What the pool of an application is called.
    package static func name(of app: EcosystemApp) throws(EcosystemRefused) -> String {
        try Translation.poolName(of: app).name
    }

    /// The units that somebody has to start.
    package var units: [String] { ["martlet@\(pool).socket"] + dropIns.map(\.unit) }

    /// - Throws: What the application lacks, or what the checker says of what it would have become.
    package init(
        _ app: EcosystemApp, listeners: [String], in circumstances: ImportCircumstances
    ) throws(EcosystemRefused) {
        var translation = try Translation(app, in: circumstances)
        pool = translation.pool
        do throws(EcosystemRefused) {
            try translation.translate(listeners: listeners)
        } catch {
            throw EcosystemRefused("\(translation.pool): \(error.sentence)")
        }
        notes = translation.notes
        self.listeners = translation.listeners
        isEnabled = app[.autostart]?.flag ?? true
        text = Self.text(of: translation)
        dropIns = Self.dropIns(of: translation)
        try Self.check(text, of: pool)
    }

    private static func text(of translation: Translation) -> String {
        var text = """
            # The pool \(translation.pool), translated from PM2's application \
            "\(translation.app.name.onOneLine)". martlet.conf(5) has all words.

            """
        for section in [Section.socket, .service, .pool, .worker] {
            guard let lines = translation.lines[section] else { continue }
            text += "\n[\(section.rawValue)]\n" + lines.map { "\($0)\n" }.joined()
        }
        guard !translation.notes.isEmpty else { return text }
        text += "\n# To be known of what PM2 did:\n"
        return text + translation.notes.map { "# - \($0.description)\n" }.joined()
    }

    private static func dropIns(of translation: Translation) -> [DropIn] {
        let pool = translation.pool
        let (calendar, watched) = (translation.calendar, translation.watched)
        var dropIns: [DropIn] = []
        if !calendar.isEmpty {
            dropIns.append(
                DropIn(
                    unit: "martlet-reload@\(pool).timer",
                    text: "# cron_restart of PM2\n[Timer]\n\(list("OnCalendar", calendar))"
                        + "RandomizedDelaySec=0\n"))
        }
        if !watched.isEmpty {
            dropIns.append(
                DropIn(
                    unit: "martlet-watch@\(pool).path",
                    text: "# watch of PM2\n[Path]\n\(list("PathChanged", watched))"))
        }
        return dropIns
    }

    /// In place of what the unit has.
    private static func list(_ name: String, _ values: [String]) -> String {
        ([""] + values).map { "\(name)=\($0)\n" }.joined()
    }

    private static func check(_ text: String, of pool: String) throws(EcosystemRefused) {
        let file = "/\(pool).conf"
        do throws(ConfigurationRefused) {
            _ = try PoolSettings.load(file: file, from: Draft(path: file, text: text))
        } catch {
            let problems = error.problems.map {
                ConfigurationProblem(
                    file: "\(pool).conf", line: $0.line, section: $0.section, message: $0.message
                ).description
            }
            throw EcosystemRefused(
                "\(pool): the file that comes of it is refused:\n"
                    + problems.joined(separator: "\n"))
        }
    }

    /// One file, and nothing else.
    private struct Draft: ConfigurationSource {
        let path: String
        let text: String

        func read(_ path: String) -> [UInt8]? { path == self.path ? Array(text.utf8) : nil }
        func list(_ directory: String) -> [String]? { nil }
    }
}
