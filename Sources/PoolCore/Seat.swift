// A slot's memory: which generation it should run, and how its workers have fared.
// Invariant: a seat without a worker has a pause, and every pause but `finished` has an end.

/// One slot of the pool.
package struct Seat: Codable, Sendable {
    package let slot: Slot
    /// The generation its worker should be of.
    package internal(set) var generation: GenerationNumber
    /// Why it wants its first worker; what comes after that replaces one that ended.
    var opening: Record.StartReason
    /// Why nothing is launched here at the moment.
    package internal(set) var pause: Pause?
    /// Ends in a row since a worker last proved itself.
    package internal(set) var ends = 0
    /// When the first of them was.
    var endsSince: Instant?
    /// How the last of them came about.
    var lastEnd: End?
    /// The latest launches, oldest first, no more than `StartLimitBurst=`.
    var starts: [Instant] = []
    /// Workers launched here because the one before had ended by itself.
    package internal(set) var restarts = 0
    /// The last thing that happened here, for people.
    package internal(set) var lastReason = "started with the pool"

    package enum Pause: Hashable, Codable, Sendable {
        /// After an end. Ends at the time given, or when the pool's pace allows it after that.
        case backoff(until: Instant)
        /// `StartLimitBurst=` launches in `StartLimitIntervalSec=`: rests until the window has room.
        case startLimit(until: Instant)
        /// `Restart=` wants no worker here any more. Ends with the next rollout.
        case finished(clean: Bool)

        var end: Instant? {
            switch self {
            case .backoff(let until), .startLimit(let until): until
            case .finished: nil
            }
        }
    }

    /// Notes a launch.
    mutating func began(at now: Instant, burst: Int) {
        starts.append(now)
        starts.removeFirst(max(0, starts.count - max(burst, 1)))
    }

    /// Notes an end and decides when the next launch may be.
    mutating func ended(_ end: End, proved: Bool, policy: WorkerPolicy, at now: Instant) {
        ends = proved ? 1 : ends + 1
        if ends == 1 { endsSince = now }
        lastEnd = end
        let wake = now + policy.delay(afterEnds: ends)
        if let room = roomAt(policy), room > wake {
            pause = .startLimit(until: room)
        } else {
            pause = .backoff(until: wake)
        }
    }

    /// Whether it has failed so often in a row that a start of the pool is not worth more tries,
    /// however slowly they went.
    func hasUsedUpItsStarts(_ policy: WorkerPolicy) -> Bool {
        guard policy.startLimitBurst > 0 else { return false }
        if case .startLimit = pause { return true }
        return ends >= policy.startLimitBurst
    }

    /// When the start limit lets the next launch through; `nil` if it does now and always.
    private func roomAt(_ policy: WorkerPolicy) -> Instant? {
        guard policy.startLimitBurst > 0, starts.count >= policy.startLimitBurst else { return nil }
        return starts[starts.count - policy.startLimitBurst] + policy.startLimitInterval
    }

    init(slot: Slot, generation: GenerationNumber, opening: Record.StartReason) {
        self.slot = slot
        self.generation = generation
        self.opening = opening
    }

    /// A new start in life: nothing that was is held against it.
    mutating func reset(to generation: GenerationNumber, opening: Record.StartReason) {
        self.generation = generation
        self.opening = opening
        pause = nil
        ends = 0
        endsSince = nil
        lastEnd = nil
        starts = []
    }
}
