// How long a slot waits before its next worker: `RestartSec`, `RestartSteps`, `RestartMaxDelaySec`.

extension WorkerPolicy {
    /// The delay after the n-th end in a row (from 1). The first is free where a worker that crashed
    /// once is replaced at once. What follows is the progression of systemd's
    /// `service_restart_usec_next`: geometric from `restartDelay` to `restartMaxDelay` in
    /// `restartSteps` steps, constant if there are none.
    package func delay(afterEnds ends: Int) -> Duration {
        let paid = isReplacedAtOnce ? ends - 1 : ends
        guard paid > 0 else { return .zero }
        return max(progression(atStep: paid - 1), Self.shortestDelay)
    }

    /// Whatever is configured, a slot whose workers end in a row is no busy loop.
    package static let shortestDelay = Duration.milliseconds(100)

    private func progression(atStep step: Int) -> Duration {
        guard restartSteps > 0, restartMaxDelay > restartDelay else { return restartDelay }
        guard step < restartSteps else { return restartMaxDelay }
        // A geometric progression has no ratio from zero; start it at a millisecond.
        let first = max(restartDelay.inSeconds, 0.001)
        let ratio = root(restartMaxDelay.inSeconds / first, degree: restartSteps)
        let seconds = first * power(ratio, step)
        return step == 0 ? restartDelay : min(.seconds(seconds), restartMaxDelay)
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1.0) { product, _ in product * base }
    }

    /// The real root of a number above 1, by bisection: the standard library alone has no pow().
    private func root(_ number: Double, degree: Int) -> Double {
        guard number > 1 else { return 1 }
        var low = 1.0
        var high = number
        for _ in 0..<64 {
            let middle = (low + high) / 2
            if power(middle, degree) < number { low = middle } else { high = middle }
        }
        return high
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
