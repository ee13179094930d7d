// Another binary, asked whether it can take a state over: martletd --check-state.
// Invariant: it has so much time and no more, and what it says is the end of a sentence.

import LinuxKernel
import PoolCore

/// The question, under way.
final class StateCheck {
    let process: ChildProcess
    private let output: SharedDescriptor
    let until: Instant
    /// Whom it is told to.
    let request: RequestID?

    /// What it may take; it reads a few kilobytes.
    private static let patience = Duration.seconds(20)

    /// - Parameter state: It becomes the standard input.
    init(
        asking executable: String, about state: SharedDescriptor, at now: Instant,
        for request: RequestID?
    ) throws(SystemError) {
        let (reader, writer) = try Pipe.make()
        var launch = LaunchRequest(
            executable: executable,
            arguments: [executable, "--check-state"] + CommandLine.arguments.dropFirst())
        launch.environment = OwnProcess.environment.filter { !$0.hasPrefix("NOTIFY_SOCKET=") }
        launch.standardInput = state
        launch.standardOutput = writer
        launch.standardError = writer
        process = try ChildProcess.launch(launch)
        output = reader
        until = now + Self.patience
        self.request = request
    }

    enum Answer {
        case yes
        case no(String)
    }

    /// `nil` while it thinks.
    func answer(at now: Instant) -> Answer? {
        guard let exit = (try? process.reap()) ?? nil else {
            guard until <= now else { return nil }
            _ = try? process.signal(Signal.kill.number)
            return .no("it did not say in \(Self.patience.components.seconds) s whether it can")
        }
        if case .exited(0) = exit { return .yes }
        if case .failed(_, let error)? = try? process.readVerdict() {
            return .no(error.description)
        }
        return .no(words ?? "it \(ExitStatus(exit)) when it was asked")
    }

    /// The first line of what it has said.
    private var words: String? {
        let bytes = withUnsafeTemporaryAllocation(byteCount: 2_048, alignment: 1) { buffer in
            guard case .bytes(let count)? = try? output.descriptor.read(into: buffer) else {
                return [UInt8]()
            }
            return Array(buffer[..<count])
        }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first
        return line.map(String.init)
    }
}
