// Standard error of a pool without a journal: the master's lines, and in the foreground the workers'.
// Invariant: nothing waits for it. What it does not take now is kept, within a measure, and goes first
// when it takes more.

import LinuxKernel

package final class Console {
    let descriptor: FileDescriptor
    private let isSocket: Bool
    private var waiting: [UInt8] = []
    private var sent = 0
    /// The master's own lines beyond that are not kept; workers are not read while anything waits.
    private static let mostWaiting = 1 << 16

    package init() throws(SystemError) {
        descriptor = try StandardStream.error.openForWaitlessWriting()
        isSocket = try descriptor.status().kind == .socket
    }

    /// Whether something waits to be taken, as when somebody has stopped the terminal.
    var isHeld: Bool { sent < waiting.count }

    /// - Returns: Whether it was taken, now or for later.
    @discardableResult
    func write(_ line: String) -> Bool {
        guard waiting.count - sent < Self.mostWaiting else { return false }
        pass(line.utf8)
        return true
    }

    /// Takes any amount: whoever calls it reads nothing while ``isHeld``.
    func pass(_ bytes: some Sequence<UInt8>) {
        waiting += bytes
        flush()
    }

    /// Writes as much as is taken now.
    func flush() {
        while isHeld {
            switch transfer() {
            case .bytes(let count): sent += count
            case .wouldBlock: return
            // The terminal is gone, and nobody is left to tell.
            case .closed, nil: sent = waiting.count
            }
        }
        waiting.removeAll(keepingCapacity: waiting.capacity <= Self.mostWaiting)
        sent = 0
    }

    private func transfer() -> Transfer? {
        waiting.withUnsafeBytes { bytes in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
            return isSocket ? try? descriptor.send(rest) : try? descriptor.write(rest)
        }
    }

    /// At the end: gives it a while to take what is left.
    func drain(until deadline: Int64) {
        while isHeld, case let left = deadline - MonotonicClock.now(), left > 0,
            descriptor.waitUntilWritable(nanoseconds: left)
        {
            flush()
        }
    }
}
