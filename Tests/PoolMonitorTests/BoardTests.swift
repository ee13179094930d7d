import PoolWire
import Testing

@testable import PoolMonitor

@Suite("The monitor's choice, order and deeds")
struct BoardTests {
    @Test("stays with the same worker when the list changes around it")
    func sameWorker() {
        var board = Stage.board(Stage.report(workers: (0..<4).map { Stage.worker($0) }))
        _ = board.type("jj")
        #expect(board.chosenWorker?.key == WorkerKey(slot: 2, incarnation: 12))
        board.take(
            Stage.report(
                agent: Stage.worker(-1),
                workers: [
                    Stage.worker(0), Stage.worker(1),
                    Stage.worker(1, role: "candidate", incarnation: 40), Stage.worker(2),
                ]),
            of: "web", at: Stage.second)
        #expect(board.chosenWorker?.key == WorkerKey(slot: 2, incarnation: 12))
    }

    @Test("goes over to the worker that takes the slot, not to the one that leaves it")
    func successor() {
        var board = Stage.board(Stage.report(workers: (0..<3).map { Stage.worker($0) }))
        _ = board.type("j")
        board.take(
            Stage.report(
                workers: [
                    Stage.worker(0), Stage.worker(1, role: "leaver", incarnation: 30),
                    Stage.worker(1, incarnation: 31), Stage.worker(2),
                ]),
            of: "web", at: Stage.second)
        #expect(board.chosenWorker?.key == WorkerKey(slot: 1, incarnation: 31))
    }

    @Test("stays where it stood when the slot is gone, and within the list")
    func gone() {
        var board = Stage.board(Stage.report(workers: (0..<4).map { Stage.worker($0) }))
        _ = board.press(.end)
        board.take(
            Stage.report(workers: [Stage.worker(0), Stage.worker(1)]), of: "web", at: Stage.second)
        #expect(board.chosenWorker?.slot == 1)
        board.take(Stage.report(workers: []), of: "web", at: 2 * Stage.second)
        #expect(board.chosenWorker == nil)
        #expect(board.press(.down) == nil)
    }

    @Test("comes back to a pool that was away for a while")
    func poolReturns() {
        var board = Board()
        board.setPools(["a", "b", "c"])
        _ = board.press(.tab)
        _ = board.type("j")
        #expect(board.chosenPool?.name == "b")
        board.setPools(["a", "c"])
        #expect(board.chosenPool?.name == "a")
        board.setPools(["a", "b", "c"])
        #expect(board.chosenPool?.name == "b")
        board.setPools([])
        #expect(board.chosenPool == nil)
    }

    @Test("stays with the pool it began with when another comes before it")
    func newPool() {
        var board = Board()
        board.setPools(["web"])
        board.setPools(["api", "web"])
        #expect(board.chosenPool?.name == "web")
    }

    @Test("has a pool once that is named twice")
    func namedTwice() {
        var board = Board()
        board.setPools(["web", "api", "web"])
        #expect(board.pools.map(\.name) == ["web", "api"])
    }

    @Test("asks about the worker of the pool that was chosen when somebody began to type a signal")
    func signalOfAPoolThatIsGone() {
        var board = Stage.board(
            Stage.report("api", workers: [Stage.worker(0)]),
            Stage.report("web", workers: [Stage.worker(0)]))
        _ = board.press(.tab)
        _ = board.type("jK")
        board.setPools(["api"])
        _ = board.type("HUP")
        _ = board.press(.enter)
        guard case .question(let deed) = board.mode else {
            Issue.record("no question")
            return
        }
        #expect(deed.pool == "web")
        // A worker of the same slot and number is another's.
        #expect(board.type("y").isEmpty)
    }

    @Test("is whose journal is shown: a pool's or a worker's, and nobody's where it is off")
    func journalSubject() {
        var board = Stage.busy
        _ = board.type("j")
        #expect(board.journalSubject == JournalSubject(pool: "web", slot: 0))
        _ = board.press(.tab)
        #expect(board.journalSubject == JournalSubject(pool: "web", slot: nil))
        _ = board.type("ll")
        #expect(board.journalSubject == nil)
        _ = board.type("l")
        #expect(board.journalSubject == JournalSubject(pool: "web", slot: nil))
    }

    @Test("measures a process against itself alone")
    func shares() {
        var board = Stage.board(
            Stage.report(workers: [Stage.worker(0, cpu: 1)]),
            Stage.report(workers: [Stage.worker(0, cpu: 1.25)]))
        #expect(board.chosenPool?.share(of: Stage.worker(0)) == 25)
        // Its successor has used less, and nobody knows since when.
        let next = Stage.worker(0, incarnation: 77, cpu: 0.1)
        board.take(Stage.report(workers: [next]), of: "web", at: 3 * Stage.second)
        #expect(board.chosenPool?.share(of: next) == nil)
        // Two answers at the same time measure nothing.
        board.take(Stage.report(workers: [next]), of: "web", at: 3 * Stage.second)
        #expect(board.chosenPool?.share(of: next) == nil)
    }

    @Test("sorts by what was asked for, the most first, and keeps the choice")
    func order() {
        var board = Stage.busy
        _ = board.type("jj")
        #expect(board.chosenWorker?.slot == 1)
        #expect(board.rows.map(\.slot) == [-1, 0, 1, 2, 3])
        _ = board.type("s")
        #expect(board.order == .cpu)
        #expect(board.rows.map(\.slot) == [3, 2, 1, -1, 0])
        #expect(board.chosenWorker?.slot == 1)
        _ = board.type("s")
        #expect(board.rows.map(\.slot) == [3, -1, 2, 1, 0])
        _ = board.type("sss")
        #expect(board.rows.map(\.slot) == [-1, 0, 1, 2, 3])
    }

    @Test("shows those that a text is found in while it is typed, and all after Esc")
    func filter() {
        var board = Stage.busy
        _ = board.type("/STATUS x")
        #expect(board.rows.isEmpty)
        _ = board.press(.backspace)
        _ = board.press(.backspace)
        #expect(board.rows.map(\.slot) == [2])
        _ = board.press(.enter)
        #expect(board.mode == .view)
        #expect(board.rows.map(\.slot) == [2])
        _ = board.press(.escape)
        #expect(board.rows.count == 5)
    }

    @Test("puts a question before anything is changed, and takes only y for yes")
    func questions() {
        var board = Stage.busy
        #expect(board.type("Rn").isEmpty)
        #expect(board.press(.character("R")) == nil)
        #expect(board.press(.enter) == nil)
        #expect(board.mode == .view)
        #expect(board.type("Ry") == [.perform(Deed(pool: "web", act: .reload))])
        #expect(board.type("+y") == [.perform(Deed(pool: "web", act: .scale(.by(1))))])
        #expect(board.type("-Y") == [.perform(Deed(pool: "web", act: .scale(.by(-1))))])
        let key = WorkerKey(slot: 0, incarnation: 10)
        #expect(board.type("jry") == [.perform(Deed(pool: "web", act: .restart(key)))])
    }

    @Test("does nothing to a worker that was replaced while the question waited")
    func replacedMeanwhile() {
        var board = Stage.busy
        _ = board.type("jr")
        board.take(
            Stage.report(workers: [Stage.worker(0, incarnation: 99)]), of: "web",
            at: 9 * Stage.second)
        #expect(board.type("y").isEmpty)
        #expect(board.notice?.text == "worker 0 is another one by now: nothing was done")
    }

    @Test("steers the rollout that there is")
    func steering() {
        var board = Stage.busy
        #expect(board.type("py").isEmpty)
        #expect(board.type("ay").isEmpty)
        func take(paused: Bool) {
            let rollout = RolloutReport(
                from: 2, to: 3, stage: "forward", paused: paused, replaced: 0, rising: [],
                waiting: [], secondsUnderWay: 1)
            board.take(
                Stage.report(rollout: rollout, workers: []), of: "web", at: 9 * Stage.second)
        }
        take(paused: false)
        #expect(board.type("py") == [.perform(Deed(pool: "web", act: .steer(.pause)))])
        take(paused: true)
        #expect(board.type("py") == [.perform(Deed(pool: "web", act: .steer(.resume)))])
        #expect(board.type("ay") == [.perform(Deed(pool: "web", act: .steer(.abort)))])
    }

    @Test(
        "reads a signal as kill(1) does",
        arguments: [
            ("", "SIGTERM"), ("kill", "SIGKILL"), ("SIGUSR2", "SIGUSR2"), ("1", "SIGHUP"),
        ])
    func signals(_ typed: String, _ name: String) {
        var board = Stage.busy
        _ = board.type("jK" + typed)
        _ = board.press(.enter)
        guard case .question(let deed) = board.mode, case .kill(let key, let signal) = deed.act
        else {
            Issue.record("no question: \(board.mode)")
            return
        }
        #expect(key.slot == 0)
        #expect(signal.description == name)
        #expect(deed.request == .kill(slot: 0, signal: name))
    }

    @Test("asks for no signal that there is not", arguments: ["NOPE", "0", "32", "-9"])
    func noSignal(_ typed: String) {
        var board = Stage.busy
        _ = board.type("K" + typed)
        _ = board.press(.enter)
        #expect(board.mode == .view)
        #expect(board.notice?.text.hasPrefix("there is no signal \"\(typed)\"") == true)
    }

    @Test("shows a deed's progress, and then how it went")
    func course() {
        var board = Stage.busy
        let deed = Deed(pool: "web", act: .reload)
        board.begin(deed)
        #expect(board.screen(80, 24)[22] == "web: reloading")
        board.progress(deed, "gen 4: 1/4 ready")
        #expect(board.screen(80, 24)[22] == "web: reloading: gen 4: 1/4 ready")
        #expect(board.type("Ry").isEmpty)
        #expect(board.notice?.text == "that is under way already")
        board.end(deed, .refused(.reloadFailed(reason: "worker 0\nexited", serving: 3)))
        #expect(
            board.screen(90, 24)[22]
                == "web: reload failed: worker 0; exited; generation 3 serves on")
        #expect(board.underWay.isEmpty)
    }

    @Test("lets go of a notice after a while, and of a question never")
    func age() {
        var board = Stage.busy
        board.end(Deed(pool: "web", act: .reload), .accepted)
        for _ in 1..<Board.noticeTicks { board.age() }
        #expect(board.notice != nil)
        board.age()
        #expect(board.notice == nil)
        _ = board.type("R")
        for _ in 0...Board.noticeTicks { board.age() }
        #expect(board.mode == .question(Deed(pool: "web", act: .reload)))
    }

    @Test("ends on q, in help too, and not while something is typed")
    func quit() {
        var board = Stage.busy
        #expect(board.press(.character("q")) == .quit)
        #expect(board.type("?q") == [.quit])
        #expect(board.type("/q").isEmpty)
        _ = board.press(.escape)
        #expect(board.type("Kq").isEmpty)
    }

    @Test("keeps the journal's last lines and no more")
    func journal() {
        var text = JournalText()
        text.append((0..<150).map { "\($0)" })
        text.append((150..<300).map { "\($0)" })
        #expect(text.lines.count == JournalText.mostLines)
        #expect(text.lines.last == "299")
    }

    @Test("asks journalctl for one slot's lines and what the master says of it")
    func matches() {
        let agent = JournalTail.arguments(JournalSubject(pool: "web", slot: -1))
        #expect(
            agent.suffix(6) == [
                "_SYSTEMD_UNIT=martlet@web.service", "SYSLOG_IDENTIFIER=web/agent", "+",
                "_SYSTEMD_UNIT=martlet@web.service", "MARTLET_POOL=web", "MARTLET_WORKER=agent",
            ])
        let pool = JournalTail.arguments(JournalSubject(pool: "web", slot: nil))
        #expect(pool.last == "--unit=martlet@web.service")
    }
}
