// What a pool runs in one role, as it holds: the settings of [Worker], or those of [Agent].
// Invariant: complete and valid, as `PoolSettings` is.

import PoolCore

package struct ProgramSettings: Equatable, Sendable {
    /// The rules for one process, with what follows from the pool's protocol.
    package let policy: WorkerPolicy
    package let command: WorkerCommand
    /// Variables, each name once; those of files have overridden `Environment=`.
    package let environment: [EnvironmentAssignment]
    package let environmentFiles: [EnvironmentFile]
    package let workingDirectory: WorkingDirectory?
    /// Whether a program of Node is ready when it says so, not when it listens [ReadyMessage].
    package let awaitsReadyMessage: Bool
    /// Whether a program of Node is told `shutdown` in place of being disconnected
    /// [ShutdownMessage].
    package let sendsShutdownMessage: Bool

    init(
        _ values: ProgramValues, of program: Program, command: WorkerCommand,
        environment: [EnvironmentAssignment], speaking workerProtocol: WorkerProtocol
    ) {
        policy = Self.policy(values, of: program, speaking: workerProtocol)
        self.command = command
        self.environment = environment
        environmentFiles = values.environmentFiles
        workingDirectory = values.workingDirectory
        awaitsReadyMessage = values.awaitsReadyMessage
        sendsShutdownMessage = values.sendsShutdownMessage
    }

    private static func policy(
        _ written: ProgramValues, of program: Program, speaking workerProtocol: WorkerProtocol
    ) -> WorkerPolicy {
        var policy = written.policy
        policy.disconnects =
            switch (workerProtocol, program) {
            case (.systemd, _): false
            // A child of Node's fork() knows no word that asks it to leave.
            case (.node, .agent): written.sendsShutdownMessage
            case (.node, .worker), (.martlet, _): true
            }
        // An interval of zero means no limit in systemd.
        if policy.startLimitInterval == .zero { policy.startLimitBurst = 0 }
        return policy
    }

    /// What the configuration adds to the environment of one process, each name once.
    package func environment(
        post: Post, generation: Int
    ) -> [(name: String, value: String)] {
        environment.map { ($0.name, $0.value.expand(post: post, generation: generation)) }
    }
}
