// Where things stand on a screen of any size: a board in, a frame out.
// Invariant: a question is always to be seen, on the smallest screen too; what there is no room for
// is named in the first line.

import LinuxKernel
import PoolWire

package struct Layout {
    let board: Board
    let size: TerminalSize
    let typeface: Typeface
    var frame: Frame
    /// What there is no room for.
    var missing: [String] = []

    package static func frame(_ board: Board, _ size: TerminalSize, _ typeface: Typeface) -> Frame {
        var layout = Layout(
            board: board, size: size, typeface: typeface, frame: Frame(size, typeface))
        layout.draw()
        return layout.frame
    }

    /// Smaller than that, a line is all there is.
    private static let fewestRows = 6
    private static let fewestColumns = 30

    private mutating func draw() {
        guard size.lines > 0, size.columns > 0 else { return }
        guard size.lines >= Self.fewestRows, size.columns >= Self.fewestColumns else {
            drawLine()
            return
        }
        let hasBothLines = size.lines >= 10
        let bottom = size.lines - (hasBothLines ? 2 : 1)
        if board.mode == .help {
            drawHelp(rows: 1..<bottom)
        } else {
            drawBody(rows: 1..<bottom)
        }
        if hasBothLines {
            drawKeys(row: size.lines - 1)
            drawMessage(row: size.lines - 2)
        } else if !drawMessage(row: size.lines - 1) {
            drawKeys(row: size.lines - 1)
        }
        drawHead()
    }

    /// On a screen that has no room for more.
    private mutating func drawLine() {
        guard !drawMessage(row: 0) else { return }
        guard let pool = board.chosenPool else {
            frame.write("no pool runs", row: 0, column: 0)
            return
        }
        frame.write(pool.brief, row: 0, column: 0, Style(tone: pool.tone))
    }

    private mutating func drawHead() {
        let count = board.pools.count
        var text = size.columns < 72 ? " " : " martletctl monitor  "
        text += count == 1 ? "1 pool" : "\(count) pools"
        if !missing.isEmpty { text += "  no room for: \(missing.joined(separator: ", "))" }
        let clock = board.clock.isEmpty ? "" : "\(board.clock) "
        let room = size.columns - clock.utf8.count
        frame.fill(text, row: 0, room: room, .reverse)
        frame.write(clock, row: 0, column: room, .reverse)
    }

    private mutating func drawBody(rows: Range<Int>) {
        let journal = journalRows(of: rows)
        let body = rows.lowerBound..<(rows.upperBound - journal)
        let pane = paneWidth
        if pane > 0 {
            drawPools(rows: body, width: pane)
            for row in body {
                frame.write(typeface.vertical, row: row, column: pane, .dim)
            }
        } else if board.pools.count > 1 {
            missing.append("the other pools (tab, j, k)")
        }
        drawPool(rows: body, column: pane == 0 ? 0 : pane + 2)
        if journal > 0 { drawJournal(rows: body.upperBound..<rows.upperBound) }
    }

    /// 0 without a journal.
    private mutating func journalRows(of rows: Range<Int>) -> Int {
        let share =
            switch board.journalSize {
            case .off: 0
            case .third: rows.count / 3
            case .most: rows.count * 2 / 3
            }
        guard share > 0 else { return 0 }
        guard share >= 3, rows.count - share >= 5 else {
            missing.append("the journal")
            return 0
        }
        return share
    }

    /// 0 if the table needs all of the screen's width.
    private var paneWidth: Int {
        guard size.columns >= 72 else { return 0 }
        let longest = board.pools.reduce(0) { max($0, typeface.width(typeface.shown($1.name))) }
        return min(max(longest + 3, 22), max(22, size.columns / 4))
    }
}

// MARK: Pools

extension Layout {
    /// Two lines each.
    private mutating func drawPools(rows: Range<Int>, width: Int) {
        let pools = board.pools
        guard let chosen = board.chosenPool?.name else { return }
        let room = rows.count / 2
        let index = pools.firstIndex { $0.name == chosen } ?? 0
        let first = max(0, index - room + 1)
        for (place, pool) in pools.dropFirst(first).prefix(room).enumerated() {
            let row = rows.lowerBound + place * 2
            let isChosen = pool.name == chosen
            let mark = isChosen ? ">" : " "
            let isLit = isChosen && board.focus == .pools
            frame.fill(
                "\(mark)\(pool.name)", row: row, room: width, Style.bold.chosen(isLit))
            frame.fill("  \(pool.figures)", row: row + 1, room: width, Style(tone: pool.tone))
        }
        if pools.count > room { missing.append("\(pools.count - room) more pools") }
    }
}

extension PoolEntry {
    /// `serving 4/4 gen 3`.
    var figures: String {
        switch standing {
        case .asked: return "asked"
        case .away: return "away"
        case .silent(let seconds): return "no answer for \(Double(seconds).asDuration)"
        case .answering: break
        }
        guard let report else { return "" }
        let ready = min(report.ready, report.wanted)
        return "\(report.state) \(ready)/\(report.wanted) gen \(report.generation)"
    }

    var brief: String { "\(name) \(figures)" }

    var tone: Style.Tone {
        guard standing == .answering, let report else {
            return standing == .asked ? .plain : .bad
        }
        switch report.state {
        case "serving": return report.ready >= report.wanted ? .good : .warning
        case "stopping", "ended": return .bad
        default: return .warning
        }
    }
}

// MARK: Below

extension Layout {
    private mutating func drawJournal(rows: Range<Int>) {
        let title = board.journalSubject?.title ?? "journal"
        drawRule("\(title)", row: rows.lowerBound)
        var lines = board.journal.lines.map { ($0, Style.plain) }
        if let trouble = board.journal.trouble {
            lines.append((trouble, Style(tone: .warning)))
        } else if lines.isEmpty {
            lines.append(("nothing yet", .dim))
        }
        let room = rows.dropFirst()
        for (row, line) in zip(room, lines.suffix(room.count)) {
            frame.write(line.0, row: row, column: 0, line.1)
        }
    }

    private mutating func drawRule(_ title: String, row: Int) {
        let horizontal = typeface.horizontal
        let begin = String(repeating: horizontal, count: 2)
        let end = frame.write("\(begin) \(title) ", row: row, column: 0, .dim)
        let rest = String(repeating: horizontal, count: max(0, size.columns - end))
        frame.write(rest, row: row, column: end, .dim)
    }

    /// A question, or what is typed, or how something goes or went.
    ///
    /// - Returns: Whether there was anything to say.
    @discardableResult
    private mutating func drawMessage(row: Int) -> Bool {
        guard let (text, style) = message else { return false }
        frame.fill(text, row: row, style)
        return true
    }

    private var message: (String, Style)? {
        switch board.mode {
        case .question(let deed):
            return ("\(deed.question) y/n", Style(tone: .warning, isBold: true, isReverse: true))
        case .signal(let worker, let pool, let typed):
            return ("signal for \(worker.title) of \(pool) [TERM]: \(typed)_", .bold)
        case .filter: return ("show workers with: \(board.filter)_", .bold)
        case .view, .help: break
        }
        if let notice = board.notice { return (notice.text, Style(tone: notice.tone)) }
        guard let last = board.underWay.last else { return nil }
        let others = board.underWay.count - 1
        let rest = others > 0 ? " (and \(others) more)" : ""
        return (last.progress + rest, Style(tone: .accent))
    }

    private mutating func drawKeys(row: Int) {
        let keys =
            board.mode == .help
            ? ["any key goes back", "q quit"]
            : [
                "q quit", "? help", "r restart", "R reload", "+/- scale", "K kill", "p pause",
                "a abort", "l journal", "s sort", "/ filter",
            ]
        var column = 0
        for key in keys where column + key.utf8.count <= size.columns {
            column = frame.write(key, row: row, column: column, .dim) + 2
        }
    }

    private mutating func drawHelp(rows: Range<Int>) {
        for (row, line) in zip(rows, Self.help) {
            frame.write(line, row: row, column: 1)
        }
        if Self.help.count > rows.count { missing.append("all keys: see martletctl(1)") }
    }

    private static let help = [
        "up k, down j     the pool or worker above, below; PgUp, PgDn, Home, End",
        "tab, left, right between pools and workers; the journal is of what is chosen",
        "r                restart the chosen worker",
        "R                reload the pool: replace every worker",
        "+ -              one worker more, one fewer, until the next reload",
        "K                send the chosen worker a signal",
        "p                pause the rollout that is under way, or go on with it",
        "a                abort it: the generation before takes over again",
        "l                the journal: a third of the screen, most of it, off",
        "s                sort by slot, CPU, memory, uptime, restarts",
        "/                show workers with a text in state, pid or reason; Esc: all",
        "q                quit; what is under way goes on",
        "",
        "Whatever changes something is asked first: y does it, any other key does not.",
        "CPU% is of one processor, REQUESTS answered+under way, BEAT the age of the last",
        "heartbeat, RESTARTS how often a worker of the slot had ended by itself.",
    ]
}
