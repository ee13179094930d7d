// Workers that have served their time make room for fresh ones, one by one and never in a rollout.
// Invariant: nobody is retired for its age before its successor is ready.

extension Pool {
    /// When a worker that is ready now will have served its time.
    func expiry(of worker: Worker) -> Instant? {
        let policy = policy(of: worker.generation).worker
        guard let lifetime = policy.lifetime else { return nil }
        return clock + lifetime + policy.lifetimeExtra * chance(of: worker.id)
    }

    func hasExpired(_ worker: Worker) -> Bool {
        worker.isReady && (worker.expiresAt.map { $0 <= clock } ?? false)
    }

    /// Why a fresh worker is to take this one's place; `nil` while it may stay.
    func reasonToRecycle(_ worker: Worker) -> Record.StartReason? {
        if isAskedFor(worker) { return .asked }
        if hasExpired(worker) { return .lifetime(worker.readyAt.map { clock - $0 } ?? .zero) }
        guard isTooHeavy(worker), let bytes = worker.memory,
            let limit = policy(of: worker.generation).worker.memoryLimit
        else { return nil }
        return .memory(bytes, limit: limit)
    }

    /// Whether somebody is to be recycled and nothing but the pace is in the way.
    var isRecyclingDue: Bool {
        guard phase == .serving, rollout == nil, canSurge else { return false }
        return workers.contains { $0.role == .incumbent && reasonToRecycle($0) != nil }
    }

    /// When the next worker will have served its time. Those that have already wait for their turn,
    /// not for a time; a rollout replaces everybody anyway.
    var nextExpiry: Instant? {
        guard phase == .serving, rollout == nil else { return nil }
        return workers.filter { $0.role == .incumbent && $0.isReady && !hasExpired($0) }
            .compactMap(\.expiresAt).min()
    }

    /// A number from 0 up to 1 that the seed and the worker decide.
    private func chance(of id: WorkerID) -> Double {
        let mixed = mixed(seed &+ id.incarnation &* 0x9E37_79B9_7F4A_7C15)
        return Double(mixed >> 11) / Double(UInt64(1) << 53)
    }
}
