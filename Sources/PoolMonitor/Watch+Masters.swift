// What the monitor has to do with masters: it asks each how it is, and has deeds done.
// Invariant: of a master that does not answer nothing is asked a second time.

import LinuxKernel
import PoolWire

extension Watch {
    /// Once a second: who is there, and how are they?
    func tick(_ now: Int64) {
        // Of a second that was missed, after a stop, nothing is made up for.
        nextTick = max(nextTick + Self.second, now + Self.second / 2)
        board.age()
        board.setPools(names())
        let names = board.pools.map(\.name)
        for (name, link) in links where !names.contains(name) { drop(link) }
        for name in names { ask(name, now) }
        ending.removeAll { $0.isGone() }
        drawWithin(Self.moment)
    }

    private func names() -> [String] {
        guard named.isEmpty else { return named }
        return (try? masters.names()) ?? board.pools.map(\.name)
    }

    private func ask(_ pool: String, _ now: Int64) {
        guard let link = links[pool] ?? connect(to: pool) else { return }
        guard let asked = link.asked else {
            link.ask(.status, at: now)
            return
        }
        let seconds = Int((now - asked) / Self.second)
        if seconds >= 2 { board.set(.silent(seconds: seconds), of: pool) }
    }

    private func connect(to pool: String) -> MasterLink? {
        do throws(MasterAway) {
            let link = try open(pool)
            links[pool] = link
            return link
        } catch {
            board.set(.away(error.sentence), of: pool)
            return nil
        }
    }

    private func open(_ pool: String) throws(MasterAway) -> MasterLink {
        let socket = try masters.connect(to: pool)
        lastToken += 1
        let link = MasterLink(pool, token: lastToken, socket)
        do throws(SystemError) {
            try epoll.add(link.socket, .readable, token: link.token)
        } catch {
            throw MasterAway("\(pool): \(error)")
        }
        return link
    }

    private func drop(_ link: MasterLink) {
        if links[link.pool] === link { links[link.pool] = nil }
    }

    func readMaster(_ token: UInt64) {
        if let link = links.values.first(where: { $0.token == token }) {
            for news in link.receive(into: buffer) { take(news, link) }
        } else if let index = errands.firstIndex(where: { $0.link.token == token }) {
            let (deed, link) = errands[index]
            for news in link.receive(into: buffer) { take(news, deed) }
        }
    }

    private func take(_ news: MasterLink.News, _ link: MasterLink) {
        drawWithin(Self.moment)
        switch news {
        case .answer(.report(let report)):
            board.take(report, of: link.pool, at: MonotonicClock.now())
        case .answer(.refused(let error)):
            board.set(.away("\(link.pool): \(sentence(error))"), of: link.pool)
            drop(link)
        case .answer, .progress:
            board.set(.away("\(link.pool): this is not the master of a pool"), of: link.pool)
            drop(link)
        case .closed:
            // What became of it shows when it is called again.
            board.set(.away("\(link.pool): the master has ended"), of: link.pool)
            drop(link)
        }
    }

    private func sentence(_ error: ControlError) -> String {
        switch error {
        case .permissionDenied:
            "only root, the pool's own user and the group martlet may look; try sudo"
        case .tooManyClients: "the master has too many connections open"
        case .stopping: "the pool is being stopped"
        default: "the master gave an answer this version does not know: \(error.name)"
        }
    }
}

// MARK: Deeds

extension Watch {
    func begin(_ deed: Deed) {
        board.begin(deed)
        do throws(MasterAway) {
            let link = try open(deed.pool)
            link.ask(deed.request, at: MonotonicClock.now())
            errands.append((deed, link))
        } catch {
            board.end(deed, .failed(error.sentence))
        }
    }

    private func take(_ news: MasterLink.News, _ deed: Deed) {
        drawWithin(Self.moment)
        switch news {
        case .progress(let status): board.progress(deed, status)
        case .answer(let answer):
            board.end(deed, answer)
            errands.removeAll { $0.deed == deed }
        case .closed:
            board.end(deed, deed.lost)
            errands.removeAll { $0.deed == deed }
        }
    }
}
