// What keys do: they choose, or put a question, or answer one.
// Invariant: nothing is changed without a question before it, and y after it.

import PoolCore
import PoolWire

extension Board {
    package mutating func press(_ key: Key) -> Wish? {
        switch mode {
        case .view:
            notice = nil
            return command(key)
        case .help:
            mode = .view
            return key == .character("q") ? .quit : nil
        case .filter: edit(key)
        case .signal(let worker, let pool, let typed): askForSignal(key, worker, of: pool, typed)
        case .question(let deed):
            mode = .view
            if key == .character("y") || key == .character("Y") { return confirmed(deed) }
            notice = .hint("nothing was done")
        }
        return nil
    }

    private mutating func command(_ key: Key) -> Wish? {
        switch key {
        case .character("q"): return .quit
        case .character("?"), .character("h"): mode = .help
        case .character("j"), .down: move(by: 1)
        case .character("k"), .up: move(by: -1)
        case .pageDown: move(by: 10)
        case .pageUp: move(by: -10)
        case .home: move(by: -Self.far)
        case .end: move(by: Self.far)
        case .tab, .left, .right: focus = focus == .pools ? .workers : .pools
        case .character("l"): journalSize = journalSize.next
        case .character("s"):
            settleChoice()
            order = order.next
        case .character("/"): mode = .filter
        case .escape:
            settleChoice()
            filter = ""
        case .character(let letter): ask(letter)
        case .enter, .backspace: break
        }
        return nil
    }

    private static let far = 1 << 20

    private mutating func move(by distance: Int) {
        switch focus {
        case .pools:
            guard let name = chosenPool?.name,
                let index = pools.firstIndex(where: { $0.name == name })
            else { return }
            wishedPool = pools[min(max(0, index + distance), pools.count - 1)].name
            wishedWorker = nil
            lastRow = 0
        case .workers:
            let rows = rows
            guard let row = chosenRow(of: rows) else { return }
            lastRow = min(max(0, row + distance), rows.count - 1)
            wishedWorker = rows[lastRow].key
        }
    }

    private mutating func edit(_ key: Key) {
        switch key {
        case .enter: mode = .view
        case .escape:
            filter = ""
            mode = .view
        case .backspace: _ = filter.popLast()
        case .character(let character) where filter.count < 40: filter.append(character)
        default: break
        }
    }
}

extension Board.JournalSize {
    var next: Board.JournalSize {
        switch self {
        case .third: .most
        case .most: .off
        case .off: .third
        }
    }
}

// MARK: What changes something

extension Board {
    /// Puts the question, or says why there is none to put.
    private mutating func ask(_ letter: Character) {
        guard let pool = chosenPool else { return }
        let rollout = pool.report?.rollout
        let act: Deed.Act
        switch letter {
        case "R": act = .reload
        case "+": act = .scale(.by(1))
        case "-": act = .scale(.by(-1))
        case "p", "a":
            guard let rollout else {
                notice = .hint("\(pool.name): no rollout is under way")
                return
            }
            act = .steer(letter == "a" ? .abort : rollout.paused == true ? .resume : .pause)
        case "r", "K":
            guard let worker = chosenWorker else {
                notice = .hint("\(pool.name): there is no worker to be chosen")
                return
            }
            if letter == "K" {
                mode = .signal(worker.key, of: pool.name, typed: "")
                return
            }
            act = .restart(worker.key)
        default: return
        }
        mode = .question(Deed(pool: pool.name, act: act))
    }

    private mutating func askForSignal(
        _ key: Key, _ worker: WorkerKey, of pool: String, _ typed: String
    ) {
        switch key {
        case .escape: mode = .view
        case .backspace: mode = .signal(worker, of: pool, typed: String(typed.dropLast()))
        case .character(let character) where typed.count < 12:
            mode = .signal(worker, of: pool, typed: typed + String(character))
        case .enter:
            mode = .view
            guard let signal = typed.isEmpty ? .terminate : Signal(named: typed.uppercased()) else {
                notice = .hint("there is no signal \"\(typed)\": TERM, KILL, HUP or another")
                return
            }
            mode = .question(Deed(pool: pool, act: .kill(worker, signal)))
        default: break
        }
    }

    /// The process the question was about may be gone by now, and another in its place.
    private mutating func confirmed(_ deed: Deed) -> Wish? {
        let report = pools.first { $0.name == deed.pool }?.report
        if let worker = deed.worker, report?.worker(worker) == nil {
            notice = .hint("\(worker.title) is another one by now: nothing was done")
            return nil
        }
        guard !underWay.contains(where: { $0.deed == deed }) else {
            notice = .hint("that is under way already")
            return nil
        }
        return .perform(deed)
    }
}
