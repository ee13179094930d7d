// A connection to a master that is asked again and again, one question at a time.
// Invariant: nothing here waits; what a master does not say, it does not say yet.

import LinuxKernel
import PoolWire

/// Closes when it is let go.
final class MasterLink {
    let pool: String
    let token: UInt64
    let socket: FileDescriptor
    private var client: ControlClient?
    /// When the open question was put.
    private(set) var asked: Int64?

    enum News {
        case progress(String)
        case answer(ControlAnswer)
        /// The master has closed the connection, or is gone, or is none.
        case closed
    }

    init(_ pool: String, token: UInt64, _ socket: consuming FileDescriptor) {
        self.pool = pool
        self.token = token
        self.socket = socket
    }

    /// A question is far shorter than a socket's buffer that has been read. If the master is gone
    /// already, that shows in reading.
    func ask(_ request: ControlRequest, at now: Int64) {
        client = ControlClient(request)
        asked = now
        _ = request.frame.withUnsafeBytes { bytes in
            Result { () throws(SystemError) in try socket.send(bytes) }
        }
    }

    /// What has come; nothing if there is none.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> [News] {
        guard let transfer = try? socket.receive(into: buffer) else { return [.closed] }
        switch transfer {
        case .wouldBlock: return []
        case .closed: return [.closed]
        case .bytes(let count):
            // Nobody was asked, or somebody speaks another language.
            guard
                let news = try? client?.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            else { return [.closed] }
            return news.compactMap { read($0) }
        }
    }

    private func read(_ news: ControlNews) -> News? {
        switch news {
        case .progress(let status): return .progress(status)
        case .event: return nil
        case .answer(let answer):
            client = nil
            asked = nil
            return .answer(answer)
        }
    }
}
