// How long a play may take.

import Testing

extension Trait where Self == TimeLimitTrait {
    /// All tests begin at once and wait for a thread, which counts: this is the time of all of them
    /// on a slow machine. What really ends a play that hangs are the 30 seconds of each wait.
    static var played: Self { .timeLimit(.minutes(10)) }
}
