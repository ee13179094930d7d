// What [Worker] and [Agent] both set, as far as it has been read.

import PoolCore

struct ProgramValues: Equatable, Sendable {
    /// As written; `ProgramSettings` has it with what follows from the whole.
    var policy = WorkerPolicy()
    var awaitsReadyMessage = false
    var sendsShutdownMessage = false
    var command: WorkerCommand?
    var workingDirectory: WorkingDirectory?
    var environment: [EnvironmentAssignment] = []
    var environmentFiles: [EnvironmentFile] = []

    /// What holds for an agent of which nothing is said. Nobody waits for its answer as clients do
    /// for a worker's, so it comes back at leisure.
    static var ofAgent: ProgramValues {
        var values = ProgramValues()
        values.policy.restartDelay = .seconds(1)
        return values
    }
}
