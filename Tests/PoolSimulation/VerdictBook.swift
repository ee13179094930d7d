// The book on verdicts: whoever asks gets one, and what it says is true.

import PoolCore

struct VerdictBook: Book {
    private var openRequests: Set<RequestID> = []
    /// The generation whose rollout is failing.
    private var failed: GenerationNumber?

    /// Who steers a rollout in this turn, and gets an answer in it.
    private var steering: RequestID?
    /// What is wanted of single workers is for another book.
    private var wishes: Set<RequestID> = []

    mutating func hear(_ event: Event, at now: Instant) {
        steering = nil
        switch event {
        case .reloadRequested(let request?): openRequests.insert(request)
        case .pauseRequested(let request), .resumeRequested(let request),
            .abortRequested(let request):
            openRequests.insert(request)
            steering = request
        case .restartRequested(let request, _), .signalRequested(let request, _, _):
            wishes.insert(request)
        // They are gone with their connections, and their numbers are given anew.
        case .resumed:
            openRequests = []
            wishes = []
        default: break
        }
    }

    mutating func endTurn(_ turn: Turn, _ findings: inout Findings) {
        guard let steering else { return }
        findings.check(!openRequests.contains(steering), "request \(steering) is left waiting")
    }

    mutating func see(_ effect: Effect, in turn: Turn, _ findings: inout Findings) {
        switch effect {
        case .record(.rolloutFailed(let number, _)): failed = number
        case .record(.configurationRefused): failed = nil
        case .answer(let requests, let verdict): seeVerdict(requests, verdict, turn, &findings)
        case .finish:
            let open = openRequests.sorted()
            findings.check(open.isEmpty, "requests \(open) got no verdict")
        default: break
        }
    }

    private mutating func seeVerdict(
        _ requests: [RequestID], _ verdict: Verdict, _ turn: Turn, _ findings: inout Findings
    ) {
        findings.check(!requests.isEmpty, "a verdict for nobody")
        if requests.allSatisfy(wishes.contains) { return wishes.subtract(requests) }
        for request in requests {
            findings.check(
                openRequests.remove(request) != nil, "request \(request) is answered twice")
        }
        if case .refused(let why) = verdict, why.contains("is paused") {
            return findings.check(
                turn.before.rollout?.isPaused == true, "no rollout is paused")
        }
        // Those who steer are answered at once, whatever goes on.
        if requests == steering.map({ [$0] }) {
            if case .replaced = verdict { findings.check(false, "steering is no reload") }
            return
        }
        if turn.manager.isStopping {
            if case .replaced = verdict {
                findings.check(false, "a reload goes well while stopping")
            }
            return
        }
        findings.check(!turn.manager.isReloading, "a verdict before READY=1")
        switch verdict {
        case .done: findings.check(false, "a reload is answered as if it steered")
        case .replaced(let number): checkSuccess(of: number, turn.after, &findings)
        case .refused(let why):
            findings.check(
                turn.after.seats.allSatisfy { $0.generation == turn.after.settled },
                "a refused generation keeps a slot")
            // Nothing was rolled out if the configuration could not be used.
            if let failed { checkReturn(from: failed, why, turn, &findings) }
        }
    }

    private func checkSuccess(
        of number: GenerationNumber, _ pool: Pool, _ findings: inout Findings
    ) {
        findings.check(pool.settled == number, "generation \(number) is said to be settled")
        findings.check(
            pool.seats.count == pool.policy(of: number).slots,
            "\(pool.seats.count) slots after the rollout of generation \(number)")
        findings.check(
            pool.seats.allSatisfy { $0.generation == number }
                && pool.workers.allSatisfy { $0.role == .leaver || $0.generation == number },
            "generation \(number) is said to be everywhere, but is not")
    }

    /// A verdict on a failed rollout comes when everything is as it was, or says what is not.
    private func checkReturn(
        from number: GenerationNumber, _ why: String, _ turn: Turn, _ findings: inout Findings
    ) {
        let before = turn.before
        let pool = turn.after
        // Or did when the verdict was found; it may have been lost later in the same turn.
        let serves = (before.serving + pool.serving).contains {
            $0.generation != pool.settled && $0.role != .leaver
        }
        if why.contains("of the old generation") {
            // A slot that is closed in the same turn, as the pool shrinks, is another matter.
            let isScaled = pool.seats.count < before.seats.count
            return findings.check(
                !why.hasSuffix("serves on") || serves || isScaled, "no newer worker serves on")
        }
        findings.check(
            !pool.workers.contains { $0.generation == number },
            "a worker of generation \(number) outlives its verdict")
        findings.check(
            (0..<pool.seats.count).allSatisfy { slot in
                // A slot that was opened in the same turn, as the pool grows, is another matter.
                guard slot < before.policy(of: before.settled).slots else { return true }
                // What has failed on its way back is not waited for any longer.
                let seat = pool.seats[slot]
                let hasFailed =
                    seat.ends > 0 || seat.pause != nil || before.seats[slot].pause != nil
                return hasFailed || pool.serving.contains { $0.id.slot == slot }
            }, "the verdict comes before the old workers are back")
    }
}
