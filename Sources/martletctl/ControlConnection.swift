// A connection to a pool's master: one request, and what comes back.
// Invariant: nothing waits beyond the deadline it was given, and no stranger passes for a master.

import Glibc
import LinuxKernel
import PoolWire

/// Stays open until the value is let go.
final class ControlConnection {
    /// How long a master may take to be connected to, and to give its first answer.
    static let patience: Int64 = 5_000_000_000

    let pool: String
    private let socket: FileDescriptor
    private let signals: SignalSource
    private let epoll: Epoll
    private var client: ControlClient
    private var news: [ControlNews] = []

    private enum Token {
        static let socket: UInt64 = 0
        static let signals: UInt64 = 1
    }

    enum Event: Equatable {
        case news(ControlNews)
        /// The master has closed the connection, or is gone.
        case closed
        case late
        case signal(Int32)
    }

    /// Connects to the pool's master and sends the request.
    ///
    /// - Parameters:
    ///   - numbers: Signals that are to be answered rather than to end this program.
    ///   - patience: How long the master may take to be connected to, in nanoseconds.
    /// - Throws: `notRunning`, `noPermission`, `unavailable`, `system`.
    init(
        to pool: String, _ request: ControlRequest, heeding numbers: [Int32] = [],
        patience: Int64 = patience
    ) throws(Failure) {
        self.pool = pool
        client = ControlClient(request)
        socket = try Self.connect(to: pool, patience: patience)
        do throws(SystemError) {
            signals = try SignalSource(numbers)
            epoll = try Epoll(capacity: 2)
            try epoll.add(socket, .readable, token: Token.socket)
            try epoll.add(signals.descriptor, .readable, token: Token.signals)
            try send(request.frame)
        } catch {
            throw Failure(.system, "\(pool): \(error)")
        }
    }

    /// Waits for what comes next.
    ///
    /// - Parameter deadline: By ``MonotonicClock``; `nil` waits as long as it takes.
    /// - Throws: `unavailable` if what comes is not the answer of a master; `system`.
    func next(until deadline: Int64?) throws(Failure) -> Event {
        do throws(SystemError) {
            while true {
                if !news.isEmpty { return .news(news.removeFirst()) }
                if let event = try wait(until: deadline) { return event }
            }
        } catch {
            throw Failure(.system, "\(pool): \(error)")
        }
    }

    /// `nil` if it has to be called again.
    private func wait(until deadline: Int64?) throws(SystemError) -> Event? {
        let left = deadline.map { $0 - MonotonicClock.now() }
        var isReadable = false
        _ = try epoll.wait(nanoseconds: left) { event in
            if event.token == Token.socket { isReadable = true }
        }
        if let signal = try signals.read().first { return .signal(signal.number) }
        if isReadable { return try receive() }
        return (left ?? 1) <= 0 ? .late : nil
    }

    /// A call is far shorter than a new socket's buffer. If the master is gone already, that shows
    /// in reading.
    private func send(_ bytes: [UInt8]) throws(SystemError) {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(SystemError) in try socket.send(bytes) }
        }
        _ = try result.get()
    }

    private func receive() throws(SystemError) -> Event? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let result = buffer.withUnsafeMutableBytes { bytes in
            Result { () throws(SystemError) in try socket.receive(into: bytes) }
        }
        switch try result.get() {
        case .wouldBlock: return nil
        case .closed: return .closed
        case .bytes(let count):
            do throws(UnintelligibleReply) {
                news += try client.receive(buffer[..<count])
            } catch {
                // Said in the words of an answer, so that there is one way to refuse.
                news.append(.answer(.refused(.other("a reply that is not one of io.martlet.Pool"))))
            }
            return nil
        }
    }
}

// MARK: Finding the master

extension ControlConnection {
    /// - Parameter patience: How long to wait where too many others wait.
    /// - Throws: `notRunning`, `noPermission`, `unavailable`, `system`.
    static func connect(
        to pool: String, patience: Int64 = patience
    ) throws(Failure) -> FileDescriptor {
        var isForbidden = false
        for candidate in ControlSocket.candidates(pool: pool) {
            do throws(SystemError) {
                let socket = try ConnectingSocket.connect(
                    to: .path(candidate.path), nanoseconds: patience)
                if try isTrusted(socket, at: candidate) { return socket }
            } catch {
                switch error.code {
                // Nobody has been here, or somebody has gone without a word.
                case ENOENT, ENOTDIR, ECONNREFUSED: continue
                // The caller may have a pool of that name of its own.
                case EACCES, EPERM: isForbidden = true
                case EAGAIN: throw .silent(pool)
                default: throw Failure(.system, "\(pool): \(error)")
                }
            }
        }
        throw isForbidden ? .noPermission(pool) : .notRunning(pool)
    }

    /// In /tmp anybody could have made the directory: there, only root and ourselves are believed.
    private static func isTrusted(
        _ socket: borrowing FileDescriptor, at place: ControlSocket
    ) throws(SystemError) -> Bool {
        guard place.isInUserDirectory else { return true }
        let user = try socket.peerCredentials().user
        return user == 0 || user == OwnProcess.user
    }
}

extension Failure {
    static func notRunning(_ pool: String) -> Failure {
        Failure(
            .notRunning,
            "\(pool): the pool does not run; start it with: systemctl start martlet@\(pool)")
    }

    static func noPermission(_ pool: String) -> Failure {
        Failure(
            .noPermission,
            "\(pool): only root and the pool's own user may do that, and members of the group martlet "
                + "may look; try sudo")
    }

    static func strayAnswer(_ pool: String) -> Failure {
        Failure(pool, .other("an answer to another request"))
    }

    static func deserted(_ pool: String) -> Failure {
        Failure(
            .unavailable,
            "\(pool): the master went away without an answer; "
                + "see: journalctl -u martlet@\(pool) -e")
    }

    static func silent(_ pool: String) -> Failure {
        let seconds = ControlConnection.patience / 1_000_000_000
        return Failure(
            .unavailable,
            "\(pool): the master does not answer: nothing came within \(seconds) seconds; "
                + "see: journalctl -u martlet@\(pool) -e")
    }

    /// An error of the master that means the same whatever was asked for.
    init(_ pool: String, _ error: ControlError) {
        switch error {
        case .permissionDenied: self = .noPermission(pool)
        case .tooManyClients:
            self.init(
                .unavailable, "\(pool): the master has too many connections open; try again later")
        case .stopping:
            self.init(.unavailable, "\(pool): the pool is being stopped")
        case .notPossible(let reason):
            self.init(.failed, "\(pool): \(reason.withoutLineBreaks)")
        case .reloadFailed(let reason, let serving):
            let verdict = "\(pool): reload failed"
            let rest = serving.map { "; generation \($0) serves on" } ?? ""
            let sentence =
                reason.utf8.contains(UInt8(ascii: "\n"))
                ? "\(verdict)\(rest):\n    \(reason.asLines)"
                : "\(verdict): \(reason.asLines)\(rest)"
            self.init(.failed, "\(sentence)\nsee: journalctl -u martlet@\(pool) -e")
        case .other(let name):
            self.init(
                .unavailable,
                "\(pool): the master gave an answer this version does not understand: "
                    + name.withoutLineBreaks)
        }
    }
}

extension String {
    /// Several lines stay several, each without control characters; those after the first are
    /// indented.
    var asLines: String {
        split(separator: "\n").map { String($0).withoutControlCharacters() }
            .joined(separator: "\n    ")
    }
}
