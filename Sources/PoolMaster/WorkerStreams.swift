// Where a worker's output goes.

import LinuxKernel
import PoolConfiguration
import Systemd

/// What one worker's streams are connected to.
enum WorkerOutput {
    /// A journal stream of its own, named POOL/SLOT.
    case journal
    /// Whatever the master's own streams are.
    case inherited
    /// A pipe to an `OutputRelay`.
    case relayed
}

/// The streams of one worker, opened.
struct WorkerStreams {
    let writer: SharedDescriptor
    private(set) var journalVariable: String?
    private(set) var relay: OutputRelay?

    init(
        _ output: WorkerOutput, pool: String, post: Post
    ) throws(WorkerLauncher.LaunchRefused) {
        do throws(SystemError) {
            switch output {
            case .journal: self = try Self.journal(identifier: "\(pool)/\(post)")
            case .inherited: self = try Self.inherited()
            case .relayed:
                let (reader, writer) = try Pipe.make()
                self.writer = writer
                relay = OutputRelay(
                    reader, pool: pool, post: post, isColoured: Colour.areWanted(on: .error))
            }
        } catch {
            throw WorkerLauncher.LaunchRefused(error)
        }
    }

    private init(writer: SharedDescriptor, journalVariable: String? = nil) {
        self.writer = writer
        self.journalVariable = journalVariable
    }

    /// A worker without a journal is better than none: it then shares the master's stream.
    private static func journal(identifier: String) throws(SystemError) -> WorkerStreams {
        do throws(SystemError) {
            let stream = try Journal.stream(identifier: identifier)
            let variable = Journal.streamVariable(for: stream)
            return WorkerStreams(writer: SharedDescriptor(stream), journalVariable: variable)
        } catch {
            return try inherited()
        }
    }

    private static func inherited() throws(SystemError) -> WorkerStreams {
        WorkerStreams(writer: SharedDescriptor(try StandardStream.error.duplicate()))
    }
}
