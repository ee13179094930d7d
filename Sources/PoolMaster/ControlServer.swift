// The control socket and those who are connected to it.
// Invariant: a client costs a bounded amount of memory and time, whatever it sends or fails to read,
// and its vanishing changes nothing but that its answer is not sent.

import LinuxKernel
import PoolCore
import PoolWire

/// The listener and its clients. Anybody may connect; what they may do is decided by the credentials
/// that the kernel has of them, so that a stranger is told why it gets nothing.
final class ControlServer {
    /// How many there is room for, of each right: nobody takes the place of those who may do more.
    struct Room {
        /// Of more, the oldest that wait for nothing are let go. martletctl(1) needs one at a time.
        let most: Int
        /// While so many wait for a verdict or for what happens, others are told so; the rest of the
        /// room is for them.
        let mostWaiting: Int

        static func of(_ right: ControlAccess.Right) -> Room {
            switch right {
            // They are let in to be told that they may not.
            case .none: Room(most: 16, mostWaiting: 0)
            case .look: Room(most: 48, mostWaiting: 32)
            case .change: Room(most: 64, mostWaiting: 48)
            }
        }
    }

    let listener: SharedDescriptor
    private let path: String
    private let access: ControlAccess
    private(set) var clients: [UInt64: ControlSession] = [:]
    private var lastNumber: UInt64 = 0
    /// Given up for a moment to turn somebody away when there is no other descriptor left.
    private var reserve: FileDescriptor?

    /// - Parameter listener: What the master before had there.
    init(path: String, listener kept: SharedDescriptor? = nil) throws(SystemError) {
        self.path = path
        access = ControlAccess()
        if let kept {
            listener = kept
        } else {
            listener = SharedDescriptor(try ListeningSocket.make(at: .path(path), mode: 0o666))
        }
        reserve = try? StandardStream.error.duplicate()
    }

    /// Whether somebody still has an answer coming; for those who only listen nobody waits.
    var isBusy: Bool { clients.values.contains { $0.hasOutput && !$0.isSubscribed } }

    /// Whether somebody waits for a rollout.
    var isReloadAwaited: Bool {
        clients.values.contains { $0.request != nil && !$0.isSteering }
    }

    func close() {
        clients = [:]
        _ = try? FileSystem.unlink(path)
    }

    func session(_ number: UInt64) -> ControlSession? { clients[number] }

    func drop(_ number: UInt64) { clients[number] = nil }

    /// The next client that waits, if any.
    func accept() -> ControlSession? {
        do throws(SystemError) {
            guard let connection = try ListeningSocket.accept(from: listener.descriptor) else {
                return nil
            }
            return admit(connection)
        } catch {
            turnAway()
            return nil
        }
    }

    private func admit(_ connection: consuming FileDescriptor) -> ControlSession {
        let right = access.right(of: connection)
        return admit(connection, right)
    }

    func admit(
        _ connection: consuming FileDescriptor, _ right: ControlAccess.Right
    ) -> ControlSession {
        lastNumber += 1
        let user = try? connection.peerCredentials().user
        let waiting = clients.values.count { $0.right == right && $0.isWaiting }
        let refusal: ControlError? =
            if right == .none {
                .permissionDenied(user: user)
            } else if waiting >= Room.of(right).mostWaiting {
                .tooManyClients
            } else {
                nil
            }
        let session = ControlSession(
            lastNumber, connection, user: user, right: right, refusing: refusal)
        clients[lastNumber] = session
        return session
    }

    /// No descriptor is left for the client at the head of the queue. It is taken with the reserve
    /// and let go: otherwise the loop would be told of it again and again.
    private func turnAway() {
        reserve = nil
        _ = try? ListeningSocket.accept(from: listener.descriptor)
        reserve = try? StandardStream.error.duplicate()
    }

    /// Above the limit the oldest of those who wait for nothing make room: a crowd that only holds
    /// connections can't keep anybody from asking.
    func makeRoom() -> [ControlSession] {
        ControlAccess.Right.allCases.flatMap { right in
            let all = clients.values.filter { $0.right == right }.sorted { $0.number < $1.number }
            let surplus = max(0, all.count - Room.of(right).most)
            // They may all have connected before the first of them began to listen: then the last of
            // these goes, and not whoever has come to ask.
            let excess = all.filter(\.isWaiting).dropFirst(Room.of(right).mostWaiting)
                .filter(\.isSubscribed).reversed()
            return (excess + all.filter { !$0.isWaiting }).prefix(surplus)
        }
    }
}

/// One client.
final class ControlSession {
    let number: UInt64
    let connection: FileDescriptor
    let user: UInt32?
    let right: ControlAccess.Right
    var conversation: ControlConversation
    /// The request it waits for an answer to.
    var request: RequestID?
    /// Whether that is for anything but a new rollout.
    var isSteering = false
    /// Whether it is told what happens.
    var isSubscribed = false
    /// Events that it was not told, as it did not read.
    private var lost = 0
    private var output: [UInt8] = []
    private var sent = 0
    /// Closed once the output is out.
    private var isEnding = false

    init(
        _ number: UInt64, _ connection: consuming FileDescriptor, user: UInt32?,
        right: ControlAccess.Right, refusing refusal: ControlError?
    ) {
        self.number = number
        self.connection = connection
        self.user = user
        self.right = right
        conversation = ControlConversation(refusing: refusal)
    }

    var mayChange: Bool { right == .change }

    var hasOutput: Bool { sent < output.count }

    /// Whether it waits for something that is still to happen.
    var isWaiting: Bool { request != nil || isSubscribed }

    /// How many bytes of events may wait for a client that does not read.
    static let mostWaitingBytes = 256 << 10

    /// Whether nothing is left to say to it.
    var isOver: Bool { isEnding && !hasOutput }

    enum Received {
        case turn(ControlTurn)
        case nothing
        case gone
    }

    /// Takes what the client has sent.
    func receive() -> Received {
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
            switch try? connection.receive(into: buffer) {
            case .bytes(let count):
                return .turn(
                    conversation.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count])))
            case .wouldBlock: return .nothing
            case .closed, nil: return .gone
            }
        }
    }

    /// Takes the bytes of a turn; `flush` sends them.
    func take(_ turn: ControlTurn) {
        output += turn.output
        if turn.hangUp != nil { isEnding = true }
    }

    func take(progress: String) {
        // Somebody who does not read gets the latest line later, with the answer.
        if !hasOutput { output += conversation.progress(progress) }
    }

    /// - Parameter event: A whole reply.
    func take(event: [UInt8]) {
        guard output.count - sent + event.count <= Self.mostWaitingBytes else {
            lost += 1
            return
        }
        if lost > 0 {
            output += PoolEvent.lost(lost).frame ?? []
            lost = 0
        }
        output += event
    }

    /// Sends what it takes now.
    ///
    /// - Returns: Whether the client is still there.
    func flush() -> Bool {
        while hasOutput {
            let transfer = output.withUnsafeBytes { bytes in
                try? connection.send(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
            }
            switch transfer {
            case .bytes(let count): sent += count
            case .wouldBlock: return true
            case .closed, nil: return false
            }
        }
        output.removeAll()
        sent = 0
        return true
    }
}
