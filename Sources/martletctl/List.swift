// `martletctl list`: a line for each pool that has a file or runs.

import ConfigurationFiles
import LinuxKernel
import PoolConfiguration
import PoolWire

struct List: Command {
    let asJSON: Bool
    let hasLegend: Bool

    private static let noLegend = CommandOption("no-legend")

    static let verbs = [
        Verb(
            "list", "[--json] [--no-legend]", options: [.json, noLegend],
            help: """
                shows a line for each pool that has a file or runs: how it is, or why it does not run
                --json       an array with an object for each pool
                --no-legend  neither the titles of the columns nor the count at the end
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        let configured = ConfiguredPools(from: SystemFiles())
        let rows: [PoolRow]
        do throws(SystemError) {
            rows = try Self.rows(of: configured.names)
        } catch {
            throw Failure(.system, "martletctl: \(error)")
        }
        if asJSON {
            console.say(rows.map(\.jsonText).asJSONArray)
        } else {
            let lines = PoolTable(rows: rows).lines(
                hasLegend: hasLegend, hasColours: console.hasColours)
            for line in lines { console.say(line) }
        }
        guard !configured.problems.isEmpty else { return .done }
        let problems = configured.problems.map(\.description).joined(separator: "\n")
        console.complain(Failure(.configuration, problems))
        return .configuration
    }

    private static func rows(of configured: [String]) throws(SystemError) -> [PoolRow] {
        let names = Set(configured).union(try ControlSocket.pools()).sorted()
        let units = try UnitProperties.show(
            names.flatMap { ["martlet@\($0).service", "martlet@\($0).socket"] },
            ["ActiveState", "SubState", "Result"])
        var rows: [PoolRow] = []
        let answers = ControlConnection.ask(each: names, .status)
        for (name, answer) in answers {
            var findings = PoolFindings(
                pool: name, configuration: configuration(of: name, configured),
                service: units?["martlet@\(name).service"],
                socket: units?["martlet@\(name).socket"])
            do throws(Failure) {
                let report = try Status.report(of: name, answer.get())
                findings.report = report
                findings.uptimeSeconds = ProcessUsage.read(pid: report.pid).map {
                    Double($0.uptimeNanoseconds / 1_000_000) / 1_000
                }
            } catch {
                // A directory that a master left is no pool.
                if error.code == .notRunning, findings.configuration == .none { continue }
                findings.failure = error
            }
            rows.append(findings.row)
        }
        return rows
    }

    private static func configuration(
        of name: String, _ configured: [String]
    ) -> PoolFindings.Configuration {
        guard configured.contains(name) else { return .none }
        do throws(ConfigurationRefused) {
            let settings = try PoolSettings.load(pool: name, from: SystemFiles())
            return .accepted(
                file: settings.files.first ?? "", listeners: settings.listeners.map(\.address))
        } catch {
            return .refused(error.problems.first?.description ?? "the configuration is refused")
        }
    }
}

extension List {
    init(_ words: VerbWords) throws(Failure) {
        guard words.operands.isEmpty else {
            throw .usage("list shows all pools; for one see martletctl status")
        }
        self.init(asJSON: words.has(.json), hasLegend: !words.has(Self.noLegend))
    }
}

extension Encodable {
    /// One JSON value on one line.
    var jsonText: String {
        // Without a form in JSON are only numbers that are none, which nothing here has.
        String(decoding: printableJSON ?? Array("null".utf8), as: UTF8.self)
    }
}

extension [String] {
    /// An array of values that are JSON already, one to a line.
    var asJSONArray: String { "[\(joined(separator: ",\n "))]" }
}
