// Rows of pools as people read them.

import LinuxKernel
import PoolWire

struct PoolTable {
    let rows: [PoolRow]

    func lines(hasLegend: Bool, hasColours: Bool) -> [String] {
        let hasNotes = rows.contains { $0.note != nil }
        var columns = [
            TextTable.Column(title: "POOL"), TextTable.Column(title: "STATE"),
            TextTable.Column(title: "READY", isNumber: true),
            TextTable.Column(title: "GEN", isNumber: true),
            TextTable.Column(title: "UPTIME", isNumber: true),
            TextTable.Column(title: "LISTENS ON"),
        ]
        if hasNotes { columns.append(TextTable.Column(title: "NOTE")) }
        let table = TextTable(
            columns: columns, rows: rows.map { cells($0).prefix(columns.count).map { $0 } })
        let lines = table.lines(hasHeader: hasLegend, hasColours: hasColours)
        return hasLegend ? (rows.isEmpty ? [] : lines + [""]) + [legend] : lines
    }

    private var legend: String {
        let serving = rows.count { $0.state == "serving" }
        return "\(rows.count) pool\(rows.count == 1 ? "" : "s") listed, \(serving) serving."
    }

    private func cells(_ row: PoolRow) -> [TextTable.Cell] {
        let ready = row.ready.flatMap { ready in row.wanted.map { "\(ready)/\($0)" } }
        return [
            TextTable.Cell(row.pool, .bold), TextTable.Cell(row.state, colour(of: row)),
            TextTable.Cell(ready ?? "-"),
            TextTable.Cell(row.generation.map { "\($0)" } ?? "-"),
            TextTable.Cell(row.uptimeSeconds?.asDuration ?? "-"),
            TextTable.Cell(
                row.listeners.isEmpty ? "-" : row.listeners.joined(separator: ", ")),
            TextTable.Cell(row.note ?? ""),
        ]
    }

    private func colour(of row: PoolRow) -> Colour? {
        switch row.state {
        case "serving": row.ready == row.wanted ? .green : .yellow
        case "failed", "restarting": .red
        case "stopped", "listening", "running": nil
        default: .yellow
        }
    }
}
