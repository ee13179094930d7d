// HTTP on a socket that somebody else holds, one request after the other, until nobody has asked for
// some time.
// Invariant: the socket outlives this: it is never shut down, and whoever comes later waits in it.

import CMicrohttpd
import Glibc
import LinuxKernel

final class Server {
    private let scrape: Scrape
    private var latest = LatestFigures()
    private var server: OpaquePointer?
    private let epoll: Epoll

    private static let limits = martlet_http_limits(
        connections: 32, seconds: 10, memory: 16 << 10)

    /// - Parameter listener: Non-blocking.
    init(
        listener: borrowing FileDescriptor, scrape: Scrape
    ) throws(SystemError) {
        self.scrape = scrape
        epoll = try Epoll(capacity: 1)
        let context = Unmanaged.passUnretained(self).toOpaque()
        // The library has a descriptor of its own, which is closed with the process.
        let listener = try listener.duplicate().release()
        server = martlet_http_start(listener, Self.limits, Self.handler, context)
        let inner = server.map(martlet_http_epoll) ?? -1
        guard inner >= 0 else {
            throw SystemError(code: ENOMEM, operation: "start the HTTP server")
        }
        // The duplicate may go: the watch lasts as long as the library's own descriptor.
        try epoll.add(FileDescriptor.duplicate(unowned: inner), .readable, token: 0)
    }

    /// - Parameter idle: Ends after so many nanoseconds with no connection; `nil` never does.
    func run(idle: Int64?) throws(SystemError) {
        guard let server else { return }
        var quietSince = MonotonicClock.now()
        while true {
            let left = idle.map { max(0, quietSince + $0 - MonotonicClock.now()) }
            let patience = [left, patience(of: server)].compactMap { $0 }.min()
            _ = try epoll.wait(nanoseconds: patience) { _ in }
            work(server)
            if martlet_http_connections(server) > 0 {
                quietSince = MonotonicClock.now()
            } else if let idle, MonotonicClock.now() - quietSince >= idle {
                // Not stopped: the library would shut the socket down.
                return
            }
        }
    }

    /// Once more after each end: only then the library listens again, if it had reached its limit.
    private func work(_ server: OpaquePointer) {
        var before: UInt32
        repeat {
            before = martlet_http_connections(server)
            MHD_run(server)
        } while martlet_http_connections(server) < before
    }

    /// How long the library can wait for its own sake.
    private func patience(of server: OpaquePointer) -> Int64? {
        var milliseconds: UInt64 = 0
        guard MHD_get_timeout(server, &milliseconds) == martlet_http_yes else { return nil }
        return Int64(clamping: milliseconds) * 1_000_000
    }

    /// Called twice for a request: with its head, and when all of it is here.
    private static let handler: MHD_AccessHandlerCallback = {
        context, connection, path, word, _, _, size, progress in
        guard let context, let connection, let path, let word, let size, let progress
        else { return martlet_http_no }
        let server = Unmanaged<Server>.fromOpaque(context).takeUnretainedValue()
        let method = String(cString: word)
        let isRead = method == "GET" || method == "HEAD"
        if isRead && progress.pointee == nil {
            progress.pointee = context
            return martlet_http_yes
        }
        // Nobody has anything to tell us.
        if isRead && size.pointee > 0 { return martlet_http_no }
        let answer = Answer(method: method, path: String(cString: path)) { () throws(SystemError) in
            try server.latest.text { () throws(SystemError) in try server.scrape.text() }
        }
        return send(answer, on: connection)
    }

    private static func send(_ answer: Answer, on connection: OpaquePointer) -> MHD_Result {
        let body = Array(answer.body.utf8)
        guard let response = martlet_http_response(body, body.count) else {
            return martlet_http_no
        }
        defer { MHD_destroy_response(response) }
        MHD_add_response_header(response, "Content-Type", answer.type)
        if let allowed = answer.allowed { MHD_add_response_header(response, "Allow", allowed) }
        return MHD_queue_response(connection, answer.status, response)
    }
}
