// The master's end of a worker's channel: lines or packets out, some with descriptors, and bytes in.
// Invariant: a worker that does not read costs a bounded amount of memory and never time.

import LinuxKernel

/// The way to one worker, and what waits to be sent on it.
final class WorkerChannel {
    /// So many bytes may wait for a worker that does not read.
    static let mostWaiting = 8 << 20

    let end: SharedDescriptor
    private var frames: [Frame] = []
    /// The first frame that is not sent yet, and how much of it is.
    private var next = 0
    private var sent = 0
    private var waiting = 0

    /// A line or a packet, and what goes with its first byte.
    private struct Frame {
        let bytes: [UInt8]
        let attached: [SharedDescriptor]
    }

    init(_ end: SharedDescriptor) {
        self.end = end
    }

    var hasOutput: Bool { next < frames.count }

    /// Whether the worker has the beginning of a line and not its end.
    var isTorn: Bool { sent > 0 }

    /// Queues a line, or a packet; `flush` sends it.
    ///
    /// - Returns: Whether there was room for it.
    func queue(_ bytes: [UInt8], with attached: [SharedDescriptor] = []) -> Bool {
        guard waiting + bytes.count <= Self.mostWaiting else { return false }
        frames.append(Frame(bytes: bytes, attached: attached))
        waiting += bytes.count
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
            if sent == 0, !frame.attached.isEmpty {
                return try? end.descriptor.send(rest, with: frame.attached)
            }
            return try? end.descriptor.send(rest)
        }
    }

    private func advance(by count: Int) {
        sent += count
        waiting -= count
        guard sent == frames[next].bytes.count else { return }
        // The descriptors are on their way: our copies of them are let go.
        frames[next] = Frame(bytes: [], attached: [])
        next += 1
        sent = 0
    }
}
