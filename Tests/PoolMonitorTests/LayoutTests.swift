import PoolWire
import Testing

@testable import PoolMonitor

@Suite("The monitor's screen")
struct LayoutTests {
    private static let rollout = RolloutReport(
        from: 2, to: 3, stage: "forward", paused: true, replaced: 2, clearing: [3], rising: [1],
        waiting: [4, 5, 6, 7], secondsUnderWay: 75)

    @Test("has room for everything where it is wide")
    func wide() throws {
        try expectScreen("wide", Stage.busy.screen(132, 30))
    }

    @Test("names the columns that 80 of them have no room for")
    func usual() throws {
        try expectScreen("usual", Stage.busy.screen(80, 24))
    }

    @Test("leaves the pools to the table where it is narrow")
    func narrow() throws {
        var board = Stage.busy
        board.setPools(["web", "mail"])
        try expectScreen("narrow", board.screen(50, 16))
    }

    @Test("is one line where there is no room for more")
    func line() {
        #expect(Stage.busy.screen(20, 5) == ["web serving 4/4 gen…", "", "", "", ""])
        #expect(Stage.busy.screen(80, 1) == ["web serving 4/4 gen 3"])
        #expect(Board().screen(80, 1) == ["no pool runs"])
    }

    @Test("is of no size that could end the program, and never wider or higher than that")
    func everySize() {
        var questioned = Stage.busy
        _ = questioned.type("R")
        var helped = Stage.busy
        _ = helped.type("?")
        for rows in 0...26 {
            for columns in 0...90 {
                for board in [Stage.busy, questioned, helped, Board()] {
                    let lines = board.screen(columns, rows)
                    #expect(lines.count == rows)
                    #expect(lines.allSatisfy { typeface.width($0) <= columns })
                }
            }
        }
    }

    @Test("has the question that waits for an answer, whatever its size", arguments: [1, 5, 9, 24])
    func question(_ rows: Int) {
        var board = Stage.busy
        _ = board.type("R")
        #expect(board.screen(80, rows).contains("reload web: replace every worker? y/n"))
    }

    @Test("shows how far a rollout is, and that it is paused")
    func rollout() throws {
        let board = Stage.board(
            Stage.report(
                state: "reloading", wanted: 8, rollout: Self.rollout,
                workers: [
                    Stage.worker(0),
                    Stage.worker(1, generation: 2, incarnation: 3),
                    Stage.worker(1, state: "starting", role: "candidate", incarnation: 20),
                    Stage.worker(2, generation: 2, state: "stopping", role: "leaver"),
                    Stage.worker(3, state: "waiting", role: nil, reason: "exited with status 1"),
                ]))
        try expectScreen("rollout", board.screen(100, 20))
    }

    @Test("says that a rollout goes back, and why the last one failed")
    func failure() {
        let back = RolloutReport(
            from: 2, to: 3, stage: "back", replaced: 1, rising: [], waiting: [0],
            secondsUnderWay: 3)
        let going = Stage.board(Stage.report(rollout: back, workers: [])).screen(100, 20)
        #expect(going[2].contains("gen 3 → 2, going back [██··] 1 replaced, 1 waiting, 3s"))
        let failed = Stage.board(Stage.report(failure: "gen 3 failed: no port", workers: []))
        #expect(failed.screen(100, 20)[2].hasSuffix("gen 3 failed: no port"))
    }

    @Test("keeps its columns where names are wide, and cuts them by what they take")
    func wideCharacters() throws {
        let pool = "倉庫管理システムの裏方サービス"
        let board = Stage.board(
            Stage.report(
                pool, workers: [Stage.worker(0, reason: "e\u{301}te\u{301}: 準備ができました")]),
            more: ["b"])
        let lines = board.screen(80, 24)
        try expectScreen("characters", lines)
        let rules = lines[1..<15].map { line in
            line.firstIndex(of: "│").map { typeface.width(line[..<$0]) }
        }
        #expect(Set(rules) == [22])
    }

    @Test("has ASCII alone for a terminal that has no more")
    func ascii() {
        let lines = Stage.board(
            Stage.report("wäb", rollout: Self.rollout, workers: [Stage.worker(0)])
        ).screen(80, 24, Typeface(isUnicode: false))
        #expect(!lines.joined().unicodeScalars.contains { !$0.isASCII })
        #expect(lines[1].hasPrefix(">w?b"))
        #expect(lines[2].contains("gen 2 -> 3 [##++....] paused, 2 replaced"))
    }

    @Test("lets nothing that a worker or a journal says reach the terminal as a command")
    func hostile() {
        var board = Stage.board(
            Stage.report(
                failure: "\u{1b}[2J",
                workers: [Stage.worker(0, state: "a\u{9b}2J", reason: "b\n\u{7}")]))
        board.journal.append(["c\u{1b}]0;d\u{7}\r\u{202e}e"])
        let scalars = board.screen(120, 30).joined().unicodeScalars
        #expect(!scalars.contains { $0.properties.generalCategory == .control || $0 == "\u{202e}" })
    }

    @Test("says of a master that does not answer how long, and keeps what it said before")
    func silent() {
        var board = Stage.busy
        board.set(.silent(seconds: 7), of: "web")
        let lines = board.screen(132, 30)
        #expect(lines[1].contains("no answer for 7s"))
        #expect(lines[1].hasSuffix("this is how it was before"))
        #expect(lines.contains { $0.contains("exited with status 1") })
    }

    @Test("says of a master that has never answered where to look")
    func silentFromTheBeginning() {
        var board = Board()
        board.setPools(["web"])
        board.set(.silent(seconds: 7), of: "web")
        let title = board.screen(132, 30)[1]
        #expect(title.hasSuffix("no answer for 7s; see: journalctl -u martlet@web -e"))
    }

    @Test("says once why a pool can't be asked")
    func away() {
        var board = Board()
        board.setPools(["web"])
        board.set(.away("web: the pool does not run; start it"), of: "web")
        #expect(board.screen(100, 20)[1].hasSuffix("web  the pool does not run; start it"))
    }

    @Test("shows the chosen worker where more are than there is room")
    func scrolls() {
        var board = Stage.board(
            Stage.report(wanted: 40, workers: (0..<40).map { Stage.worker($0, reason: "#\($0)#") }))
        _ = board.press(.end)
        let lines = board.screen(132, 24)
        #expect(lines.contains { $0.contains(">  39  ready") })
        #expect(lines[0].contains("no room for: 30 more workers"))
    }

    @Test("says under the table why there is no journal")
    func journalTrouble() {
        var board = Stage.busy
        board.journal.trouble = "you may not read it"
        let lines = board.screen(80, 24)
        #expect(lines.contains("── journal of web/agent " + String(repeating: "─", count: 56)))
        #expect(lines.contains("you may not read it"))
    }

    @Test("tells all keys when asked")
    func help() throws {
        var board = Stage.busy
        _ = board.type("?")
        try expectScreen("help", board.screen(84, 24))
    }
}
