// The master's end of a worker's channel: lines out, some with a descriptor, and bytes in.
// Invariant: a worker that does not read costs a bounded amount of memory and never time.

import LinuxKernel

/// A stream to one worker, and what waits to be sent on it.
final class WorkerChannel {
    /// So many bytes may wait for a worker that does not read.
    static let mostWaiting = 8 << 20

    let end: SharedDescriptor
    private var frames: [Frame] = []
    /// The first frame that is not sent yet, and how much of it is.
    private var next = 0
    private var sent = 0
    private var waiting = 0

    /// A line, and what goes with its first byte.
    private struct Frame {
        let bytes: [UInt8]
        let attached: SharedDescriptor?
    }

    init(_ end: SharedDescriptor) {
        self.end = end
    }

    var hasOutput: Bool { next < frames.count }

    /// Queues a line; `flush` sends it.
    ///
    /// - Returns: Whether there was room for it.
    func queue(_ line: [UInt8], with attached: SharedDescriptor? = nil) -> Bool {
        guard waiting + line.count <= Self.mostWaiting else { return false }
        frames.append(Frame(bytes: line, attached: attached))
        waiting += line.count
        return true
    }

    /// Sends what the worker takes now.
    ///
    /// - Returns: Whether the worker's end is still open.
    func flush() -> Bool {
        while hasOutput {
            switch sendNext() {
            case .bytes(let count): advance(by: count)
            case .wouldBlock: return true
            case .closed, nil: return false
            }
        }
        frames.removeAll(keepingCapacity: frames.count < 64)
        next = 0
        return true
    }

    private func sendNext() -> Transfer? {
        let frame = frames[next]
        return frame.bytes.withUnsafeBytes { bytes in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
            if sent == 0, let attached = frame.attached {
                return try? end.descriptor.send(rest, with: attached.descriptor)
            }
            return try? end.descriptor.send(rest)
        }
    }

    private func advance(by count: Int) {
        sent += count
        waiting -= count
        guard sent == frames[next].bytes.count else { return }
        // The descriptor is on its way: our copy of it is let go.
        frames[next] = Frame(bytes: [], attached: nil)
        next += 1
        sent = 0
    }
}
