// As much of HTTP/1.1 as an example needs: GET, keep-alive, one answer for each request. Take a real
// server for a real program.

import Glibc
import Martlet

public struct Request: Sendable {
    /// `/path?query`
    public let target: String
    let isLast: Bool

    /// The value of a parameter of the query.
    public func parameter(_ name: String) -> String? {
        let query = target.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        for pair in query.split(separator: "&") where pair.hasPrefix(name + "=") {
            return String(pair.dropFirst(name.count + 1))
        }
        return nil
    }
}

/// Answers all requests of a connection, on this thread. Once the worker is to leave, the answer
/// under way is the last, and a client without a request is hung up on; one that has only just come
/// has two seconds for its first.
///
/// - Parameter answer: The body for a request: JSON.
public func serve(
    _ connection: Connection, of worker: Worker, answer: (Request) -> String
) {
    var waiting: [UInt8] = []
    var patience = 20
    while let request = nextRequest(on: connection, of: worker, patience, &waiting) {
        patience = 0
        let body = worker.countingRequest { answer(request) } + "\n"
        let isLast = request.isLast || worker.isDraining
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n"
            + (isLast ? "Connection: close\r\n" : "") + "\r\n"
        guard send(Array((head + body).utf8), on: connection), !isLast else { return }
    }
}

private func nextRequest(
    on connection: Connection, of worker: Worker, _ patience: Int, _ waiting: inout [UInt8]
) -> Request? {
    while true {
        if let request = takeRequest(from: &waiting) { return request }
        guard waiting.count < 65_536, receive(on: connection, of: worker, patience, &waiting)
        else { return nil }
    }
}

private func takeRequest(from waiting: inout [UInt8]) -> Request? {
    let text = String(decoding: waiting, as: UTF8.self)
    guard let end = text.utf8.firstRange(of: "\r\n\r\n".utf8)?.upperBound else { return nil }
    let head = text[..<end]
    waiting.removeFirst(head.utf8.count)
    let words = head.prefix { $0 != "\r\n" }.split(separator: " ")
    let isLast = head.lowercased().contains("\r\nconnection: close\r\n") || words.last == "HTTP/1.0"
    return Request(target: words.count > 1 ? String(words[1]) : "/", isLast: isLast)
}

/// - Parameter patience: For so many tenths of a second a worker that is to leave waits still.
/// - Returns: Whether anything came.
private func receive(
    on connection: Connection, of worker: Worker, _ patience: Int, _ waiting: inout [UInt8]
) -> Bool {
    var patience = patience
    while true {
        var entry = pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0)
        let isReady = poll(&entry, 1, 100) > 0
        // Half a request is waited for, as long as the pool does.
        if !isReady, worker.isDraining, waiting.isEmpty {
            if patience == 0 { return false }
            patience -= 1
        }
        guard isReady else { continue }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = read(connection.descriptor, &buffer, buffer.count)
        if count < 0, errno == EAGAIN || errno == EINTR { continue }
        guard count > 0 else { return false }
        waiting += buffer[..<count]
        return true
    }
}

private func send(_ bytes: [UInt8], on connection: Connection) -> Bool {
    var sent = 0
    while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes {
            Glibc.send(connection.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count >= 0 {
            sent += count
        } else if errno == EAGAIN {
            var entry = pollfd(fd: connection.descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&entry, 1, -1)
        } else if errno != EINTR {
            return false
        }
    }
    return true
}
