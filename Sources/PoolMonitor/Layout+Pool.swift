// The chosen pool: its head, its rollout, its workers.

import PoolWire

extension Layout {
    mutating func drawPool(rows: Range<Int>, column: Int) {
        guard let pool = board.chosenPool else {
            frame.write(
                "no pool runs; start one with: systemctl start martlet@NAME", row: rows.lowerBound,
                column: column)
            return
        }
        let isLit = column == 0 && board.focus == .pools
        drawTitle(pool, row: rows.lowerBound, column: column, isLit: isLit)
        guard let report = pool.report, rows.count >= 4 else { return }
        drawCourse(pool, report, row: rows.lowerBound + 1, column: column)
        let hasDetail = rows.count >= 7
        let table = (rows.lowerBound + 2)..<(rows.upperBound - (hasDetail ? 1 : 0))
        drawTable(pool, rows: table, column: column)
        if hasDetail { drawDetail(row: rows.upperBound - 1, column: column) }
    }

    /// - Parameter isLit: Whether keys go from pool to pool, and no list beside shows it.
    private mutating func drawTitle(_ pool: PoolEntry, row: Int, column: Int, isLit: Bool) {
        let name = Style.bold.chosen(isLit)
        var end = frame.write(pool.name, row: row, column: column, name) + 2
        let style = Style(tone: pool.tone)
        switch pool.standing {
        case .asked: frame.write("asked", row: row, column: end, style)
        // The sentence begins with the pool's name.
        case .away(let sentence):
            frame.write(
                String(sentence.trimmed(of: "\(pool.name): ")), row: row, column: end, style)
        case .silent(let seconds):
            let rest =
                pool.report == nil
                ? "see: journalctl -u martlet@\(pool.name) -e" : "this is how it was before"
            frame.write(
                "no answer for \(Double(seconds).asDuration); \(rest)", row: row, column: end,
                style)
        case .answering:
            guard let report = pool.report else { return }
            end = frame.write(report.state, row: row, column: end, style) + 2
            let ready = min(report.ready, report.wanted)
            var text = "\(ready)/\(report.wanted) ready  generation \(report.generation)"
            text += "  master \(report.pid)"
            frame.write(text, row: row, column: end)
        }
    }

    /// The rollout under way, or why the last one failed, or what the pool says of itself.
    private mutating func drawCourse(
        _ pool: PoolEntry, _ report: PoolReport, row: Int, column: Int
    ) {
        if let rollout = report.rollout {
            drawRollout(rollout, row: row, column: column)
        } else if let failure = report.lastFailure {
            frame.write(failure, row: row, column: column, Style(tone: .bad))
        } else {
            frame.write(report.status, row: row, column: column, .dim)
        }
    }

    private mutating func drawRollout(_ rollout: RolloutReport, row: Int, column: Int) {
        let isGoingBack = rollout.stage == "back"
        let ways = typeface.isUnicode ? "→" : "->"
        let head =
            isGoingBack
            ? "gen \(rollout.to) \(ways) \(rollout.from), going back "
            : "gen \(rollout.from) \(ways) \(rollout.to) "
        var end = frame.write(
            head, row: row, column: column, Style(tone: isGoingBack ? .bad : .accent))
        end = frame.write(bar(rollout), row: row, column: end, Style(tone: .accent)) + 1
        frame.write(words(on: rollout), row: row, column: end)
    }

    private func bar(_ rollout: RolloutReport) -> String {
        let clearing = rollout.clearing?.count ?? 0
        let rising = rollout.rising.count + clearing
        // Whatever a master says: sums of what a slot list can hold and of one foreign number.
        let replaced = min(max(0, rollout.replaced), 1 << 20)
        let total = max(1, replaced + rising + rollout.waiting.count)
        let room = min(20, max(4, total))
        let done = replaced * room / total
        let under = (replaced + rising) * room / total - done
        let marks = typeface.bar
        return "[" + String(repeating: marks.done, count: done)
            + String(repeating: marks.rising, count: under)
            + String(repeating: marks.waiting, count: room - done - under) + "]"
    }

    private func words(on rollout: RolloutReport) -> String {
        var parts: [String] = []
        if rollout.stage == "reading" { parts.append("reading the configuration") }
        if rollout.paused == true { parts.append("paused") }
        parts.append("\(rollout.replaced) replaced")
        if let clearing = rollout.clearing, !clearing.isEmpty {
            parts.append("\(clearing.count) being emptied")
        }
        if !rollout.rising.isEmpty { parts.append("\(rollout.rising.count) rising") }
        if !rollout.waiting.isEmpty { parts.append("\(rollout.waiting.count) waiting") }
        parts.append(rollout.secondsUnderWay.rounded(.down).asDuration)
        return parts.joined(separator: ", ")
    }

    /// Of the chosen worker what its row may have no room for.
    private mutating func drawDetail(row: Int, column: Int) {
        guard let worker = board.chosenWorker else { return }
        let delay = worker.delay.map { "; \($0)" } ?? ""
        let said = worker.statusText.flatMap { $0.isEmpty ? nil : "; it says: \($0)" } ?? ""
        frame.write(
            "\(worker.title): \(worker.lastReason)\(delay)\(said)", row: row, column: column, .dim)
    }
}

// MARK: The table

extension Layout {
    private mutating func drawTable(_ pool: PoolEntry, rows: Range<Int>, column: Int) {
        let workers = board.rows
        let room = size.columns - column - 1
        let known = WorkerColumn.known(of: pool.report?.everybody ?? [])
        var cells: [WorkerColumn: [String]] = [:]
        var widths: [WorkerColumn: Int] = [:]
        for kind in known {
            let texts = workers.map { typeface.shown(kind.text($0, in: pool)) }
            cells[kind] = texts
            widths[kind] = texts.reduce(kind.title.count) { max($0, typeface.width($1)) }
        }
        let columns = WorkerColumn.fitting(known, widths, into: room)
        missing += known.filter { !columns.contains($0) }.map(\.title)
        let isRoomy = WorkerColumn.width(of: columns, widths, gap: 2) <= room
        let grid = Grid(columns: columns, widths: widths, gap: isRoomy ? 2 : 1)
        drawTitles(grid, row: rows.lowerBound, column: column)

        let body = rows.dropFirst()
        let chosen = board.chosenRow(of: workers) ?? 0
        let first = max(0, chosen - body.count + 1)
        for (row, index) in zip(body, workers.indices.dropFirst(first)) {
            let texts = columns.map { cells[$0]?[index] ?? "" }
            drawRow(
                workers[index], texts, grid, row: row, column: column, isChosen: index == chosen)
        }
        if workers.count > body.count {
            missing.append("\(workers.count - body.count) more workers")
        }
        if workers.isEmpty, !board.filter.isEmpty, let row = body.first {
            frame.write("no worker has \"\(board.filter)\"", row: row, column: column, .dim)
        }
    }

    private mutating func drawTitles(_ grid: Grid, row: Int, column: Int) {
        var place = column + 1
        for kind in grid.columns {
            let width = grid.width(of: kind) ?? max(0, size.columns - place)
            let text = typeface.fit(kind.title, to: width, atRight: kind.isNumber)
            let style = kind.isSorted(by: board.order) ? Style(tone: .accent, isBold: true) : .bold
            frame.write(text, row: row, column: place, room: width, style)
            place += width + grid.gap
        }
    }

    private mutating func drawRow(
        _ worker: WorkerReport, _ texts: [String], _ grid: Grid, row: Int, column: Int,
        isChosen: Bool
    ) {
        let isLit = isChosen && board.focus == .workers
        if isLit { frame.fill("", row: row, column: column, .reverse) }
        if isChosen { frame.write(">", row: row, column: column, Style.plain.chosen(isLit)) }
        var place = column + 1
        for (kind, text) in zip(grid.columns, texts) {
            let width = grid.width(of: kind) ?? max(0, size.columns - place)
            let style = kind == .state ? Style(tone: worker.tone) : .plain
            frame.write(
                typeface.fit(text, to: width, atRight: kind.isNumber), row: row, column: place,
                room: width, style.chosen(isLit))
            place += width + grid.gap
        }
    }
}

/// Which columns there are, and how wide.
private struct Grid {
    let columns: [WorkerColumn]
    let widths: [WorkerColumn: Int]
    let gap: Int

    /// `nil` for the one that takes what is left.
    func width(of column: WorkerColumn) -> Int? { column == .last ? nil : widths[column] ?? 0 }
}

extension WorkerColumn {
    fileprivate func isSorted(by order: WorkerOrder) -> Bool {
        switch order {
        case .slot: self == .slot
        case .cpu: self == .cpu
        case .memory: self == .memory
        case .uptime: self == .uptime
        case .restarts: self == .restarts
        }
    }
}

extension WorkerReport {
    var tone: Style.Tone {
        switch state {
        case "ready": role == "incumbent" ? .good : .warning
        case "finished", "resting", "killed": .bad
        default: .warning
        }
    }
}

extension String {
    fileprivate func trimmed(of prefix: String) -> Substring {
        hasPrefix(prefix) ? dropFirst(prefix.count) : self[...]
    }
}
