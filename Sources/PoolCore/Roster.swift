// Who gets the next connection of a socket that the master accepts from.
// Invariant: a value; it never acts and never reads a clock. Nobody is picked who has as many in
// flight as it may, or who rests after a refusal.

/// The workers that serve one socket.
package struct Roster: Sendable {
    /// Connections that one may have been given and not have answered for.
    package let mostInFlight: Int
    private var members: [Member] = []
    /// Whose turn it is.
    private var turn = 0
    /// Of the youngest: during a rollout, that of the new generation.
    package private(set) var policy = DispatchPolicy.roundRobin

    private struct Member: Sendable {
        let id: WorkerID
        let policy: DispatchPolicy
        /// Given, and not answered for.
        var inFlight = 0
        /// Taken, and not told to have ended. Less than none by those that have ended before it was
        /// told that they were taken, as a worker with threads has it.
        var held = 0
        /// Refusals in a row, and until when it is left alone for them.
        var refusals = 0
        var restsUntil: Instant?
    }

    /// How long one that refuses is left alone: at first, and at most.
    static var shortestRest: Duration { .milliseconds(10) }
    static var longestRest: Duration { .seconds(1) }

    /// What ``mostInFlight`` is in a pool.
    package static var mostInFlight: Int { 16 }

    package init(mostInFlight: Int = Self.mostInFlight) {
        self.mostInFlight = mostInFlight
    }

    package var isEmpty: Bool { members.isEmpty }
    /// Whether anybody is to answer for a connection.
    package var hasInFlight: Bool { members.contains { $0.inFlight > 0 } }

    // MARK: Coming and going

    /// It comes last in the present round.
    package mutating func join(_ id: WorkerID, _ policy: DispatchPolicy) {
        guard index(of: id) == nil else { return }
        members.insert(Member(id: id, policy: policy), at: turn)
        turn = members.count == turn + 1 ? 0 : turn + 1
        choosePolicy()
    }

    package mutating func leave(_ id: WorkerID) {
        guard let index = index(of: id) else { return }
        members.remove(at: index)
        if index < turn { turn -= 1 }
        if turn >= members.count { turn = 0 }
        choosePolicy()
    }

    private mutating func choosePolicy() {
        policy = members.max { $0.id < $1.id }?.policy ?? policy
    }

    // MARK: Choosing

    /// Who is to get a connection from this client; `nil` if nobody can take it now.
    package mutating func pick(_ source: DispatchSource, at now: Instant) -> WorkerID? {
        guard let index = choice(source, at: now) else { return nil }
        members[index].inFlight += 1
        turn = index + 1 == members.count ? 0 : index + 1
        return members[index].id
    }

    private func choice(_ source: DispatchSource, at now: Instant) -> Int? {
        switch policy {
        case .roundRobin: nextInTurn(at: now)
        case .leastConnections: leastLoaded(at: now)
        case .sourceHash(.shared): owner(of: source) { canTake($0, at: now) }
        case .sourceHash(.wait):
            owner(of: source) { _ in true }.flatMap { canTake($0, at: now) ? $0 : nil }
        }
    }

    private func nextInTurn(at now: Instant) -> Int? {
        let count = members.count
        for step in 0..<count {
            let index = turn + step < count ? turn + step : turn + step - count
            if canTake(index, at: now) { return index }
        }
        return nil
    }

    /// Of several with as few, the one whose turn comes first.
    private func leastLoaded(at now: Instant) -> Int? {
        let count = members.count
        var best: (index: Int, load: Int)?
        for step in 0..<count {
            let index = turn + step < count ? turn + step : turn + step - count
            let load = members[index].held + members[index].inFlight
            guard load < best?.load ?? .max, canTake(index, at: now) else { continue }
            best = (index, load)
        }
        return best?.index
    }

    /// Rendezvous hashing: each slot has a score for each client, and the highest wins, so that a
    /// slot which comes or goes moves only its own clients. In a slot with two, the younger has it.
    private func owner(of source: DispatchSource, among suits: (Int) -> Bool) -> Int? {
        var best: (index: Int, score: UInt64, id: WorkerID)?
        for index in members.indices where suits(index) {
            let id = members[index].id
            let score = source.score(of: id.slot)
            if let best, (score, id.incarnation) < (best.score, best.id.incarnation) { continue }
            best = (index, score, id)
        }
        return best?.index
    }

    /// Whether anybody could take a connection.
    package func canPick(at now: Instant) -> Bool {
        members.indices.contains { canTake($0, at: now) }
    }

    private func canTake(_ index: Int, at now: Instant) -> Bool {
        guard members[index].inFlight < mostInFlight else { return false }
        return members[index].restsUntil.map { $0 <= now } ?? true
    }

    // MARK: Answers

    /// It has taken so many of those that it was given.
    package mutating func accepted(_ count: Int = 1, by id: WorkerID) {
        guard let index = index(of: id) else { return }
        members[index].inFlight = max(0, members[index].inFlight - count)
        members[index].held += count
        members[index].refusals = 0
        members[index].restsUntil = nil
    }

    /// It has not taken one: it is full, or closing, and is asked again after a while.
    package mutating func refused(by id: WorkerID, at now: Instant) {
        guard let index = index(of: id) else { return }
        members[index].inFlight = max(0, members[index].inFlight - 1)
        let rest = Self.shortestRest * (1 << min(members[index].refusals, 7))
        members[index].refusals += 1
        members[index].restsUntil = now + min(rest, Self.longestRest)
    }

    /// So many that it had taken have ended, by its own word.
    package mutating func ended(_ count: Int, of id: WorkerID) {
        guard let index = index(of: id) else { return }
        let left = members[index].held - max(0, count)
        members[index].held = max(-members[index].inFlight, left)
    }

    /// It has so many that it took before it joined here, from another master.
    package mutating func holds(_ count: Int, _ id: WorkerID) {
        guard let index = index(of: id) else { return }
        members[index].held = max(0, count)
    }

    /// Those that it was given and that have not ended, as far as is known.
    package func load(of id: WorkerID) -> Int {
        index(of: id).map { max(0, members[$0].held + members[$0].inFlight) } ?? 0
    }

    /// What it has taken and not told to have ended.
    package func held(by id: WorkerID) -> Int {
        index(of: id).map { max(0, members[$0].held) } ?? 0
    }

    private func index(of id: WorkerID) -> Int? { members.firstIndex { $0.id == id } }

    // MARK: Time

    /// When somebody who refused may be asked again.
    ///
    /// - Parameter isWaitedFor: Whether a connection waits for a certain worker; else the time
    ///   matters only while nobody can take one.
    package func nextDeadline(after now: Instant, isWaitedFor: Bool) -> Instant? {
        guard isWaitedFor || !canPick(at: now) else { return nil }
        return members.lazy.filter { $0.inFlight < mostInFlight }.compactMap(\.restsUntil)
            .filter { $0 > now }.min()
    }
}
