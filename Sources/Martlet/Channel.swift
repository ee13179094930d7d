// This worker's end of the channel to the master: what is said on it, from any thread.
// Invariant: frames go out in the order in which they were said, and saying one never waits.

import LinuxKernel
import PoolWire

final class Channel: Sendable {
    let end: SharedDescriptor
    private let state = Locked(State())
    /// Called when something could not be sent at once.
    private let onWaiting: @Sendable () -> Void

    /// How many messages may wait for a master that does not read.
    static let mostMessages = 128

    private struct State {
        var isOpen = true
        var waiting: [Waiting] = []
    }

    /// What could not be sent yet.
    fileprivate struct Waiting {
        let bytes: [UInt8]
        /// Goes with the first byte.
        let attached: SharedDescriptor?
        /// Nothing for a message, which is joined with no other frame.
        let frame: WorkerFrame?

        init(_ frame: WorkerFrame, _ attached: SharedDescriptor? = nil) {
            self.attached = attached
            bytes = frame.bytes
            if case .message = frame { self.frame = nil } else { self.frame = frame }
        }
    }

    init(_ end: SharedDescriptor, onWaiting: @escaping @Sendable () -> Void) {
        self.end = end
        self.onWaiting = onWaiting
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    var hasWaiting: Bool { state.withLock { $0.isOpen && !$0.waiting.isEmpty } }

    func say(_ frame: WorkerFrame, with attached: SharedDescriptor? = nil) {
        let isWaiting = state.withLock { state in
            guard state.isOpen else { return false }
            state.waiting.appendJoined(frame, attached)
            send(&state)
            return !state.waiting.isEmpty
        }
        if isWaiting { onWaiting() }
    }

    /// - Returns: Whether there was room for it.
    func offer(_ frame: WorkerFrame) -> Bool {
        let hasRoom = state.withLock { $0.isOpen && $0.waiting.count < Self.mostMessages }
        if hasRoom { say(frame) }
        return hasRoom
    }

    /// Sends what waits.
    func flush() { state.withLock { send(&$0) } }

    private func send(_ state: inout State) {
        var sent = 0
        defer { state.waiting.removeFirst(sent) }
        while state.isOpen, sent < state.waiting.count {
            let next = state.waiting[sent]
            let transfer = next.bytes.withUnsafeBytes { bytes in
                if let attached = next.attached {
                    return try? end.descriptor.send(bytes, with: [attached])
                }
                return try? end.descriptor.send(bytes)
            }
            switch transfer {
            case .bytes: sent += 1
            case .wouldBlock: return
            case .closed, nil: state.isOpen = false
            }
        }
    }

    func close() { state.withLock { $0.isOpen = false } }
}

extension [Channel.Waiting] {
    /// Counts of the same kind are added up, so that what waits stays small.
    fileprivate mutating func appendJoined(_ frame: WorkerFrame, _ attached: SharedDescriptor?) {
        switch (last?.frame, frame) {
        case (.ended(let listener, let count), .ended(let other, let more)) where listener == other:
            let sum = WorkerFrame.ended(listener: listener, count: count &+ more)
            self[self.count - 1] = Channel.Waiting(sum)
        case (.load(let finished, _), .load(let more, let underWay)):
            let sum = WorkerFrame.load(finished: finished &+ more, underWay: underWay)
            self[self.count - 1] = Channel.Waiting(sum)
        case (.taken, .taken): self[self.count - 1] = Channel.Waiting(frame)
        default: append(Channel.Waiting(frame, attached))
        }
    }
}
